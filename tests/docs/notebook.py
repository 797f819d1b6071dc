"""The notebook of the documentation is run; `python -m tests.docs.notebook` stores what it prints."""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs/notebook.ipynb"
_CELL_FILE = re.compile(r"\S*/ipykernel_\d+/\d+\.py:(\d+)")
_NUMBER = re.compile(r"\d+\.\d+(e-?\d+)? *")


def executed(folder: Path) -> nbformat.NotebookNode:
    """The notebook after it ran in `folder`, with nothing in its output that another run would not have."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        cell.metadata = {}
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = _CELL_FILE.sub(r"line \1", output.text)
            output.get("data", {}).pop("text/html", None)
    return notebook


def outputs(notebook: nbformat.NotebookNode) -> list[str]:
    """What each cell printed. Digits of measured numbers are left out: they differ between kinds of processors."""
    return [
        _NUMBER.sub("#", "".join(output.get("text") or output.data["text/plain"] for output in cell.outputs))
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


if __name__ == "__main__":
    nbformat.write(executed(NOTEBOOK.parent), NOTEBOOK)

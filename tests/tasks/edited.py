"""A copy of the package with one source file edited, to see which results are made again."""

import shutil
from pathlib import Path

import seqrec


def edited_copy(folder: Path, edited: str | None = None) -> Path:
    """Copy the package into its own folder under `folder`."""
    copy = folder / str(edited).replace("/", "-") / "seqrec"
    if not copy.exists():
        shutil.copytree(seqrec.__path__[0], copy, ignore=shutil.ignore_patterns("__pycache__"))
        if edited is not None:
            with (copy / edited).open("a") as file:
                file.write("\nEDITED = 1\n")
    return copy

"""The package with one source file edited, to see whose results are made anew."""

import shutil
from pathlib import Path

import seqrec


def edited_copy(folder: Path, edited: str | None = None) -> Path:
    """A copy of the package in a folder of its own below `folder`."""
    copy = folder / str(edited).replace("/", "-") / "seqrec"
    if not copy.exists():
        shutil.copytree(seqrec.__path__[0], copy, ignore=shutil.ignore_patterns("__pycache__"))
        if edited is not None:
            with (copy / edited).open("a") as file:
                file.write("\nEDITED = 1\n")
    return copy

"""The versions of the code and the libraries that results were made with."""

import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("seqrec", "torch", "polars", "numpy", "scikit-learn")


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python, seqrec and the libraries that its numbers depend on."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            # The program runs from a checkout that is not installed.
            found[name] = "unknown"
    return found


@cache
def git_commit() -> str | None:
    """Return the commit of the source tree, with `-dirty` if files have been edited; None outside a repository."""
    here = Path(__file__)
    if _git(here.parent, "ls-files", "--error-unmatch", here.name) is None:
        return None
    return _git(here.parent, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        # The command contains no input from outside.
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()

"""Which code, with which libraries, makes what is kept."""

import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("seqrec", "torch", "polars", "numpy", "scikit-learn")


@cache
def versions() -> dict[str, str]:
    """Versions of Python, of this program and of the libraries that decide its numbers."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            # Run from a checkout that was never installed.
            found[name] = "unknown"
    return found


@cache
def git_commit() -> str | None:
    """Commit of this source tree, with `-dirty` if files were edited since; None outside a repository."""
    here = Path(__file__)
    if _git(here.parent, "ls-files", "--error-unmatch", here.name) is None:
        return None
    return _git(here.parent, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        # No input from outside reaches the command.
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

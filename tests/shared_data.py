"""The real dumps, which tests may read if the machine has them; they are never part of the repository."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def shared_data(*parts: str) -> Path:
    """Return a file or folder of the shared dumps, such as `shared_data("amazon_2014")`, or skip the test without it.

    The root is `SHARED_DATA`, or `../shared/data` next to the repository.
    """
    return _shared(_root().joinpath(*parts))


def shared_case(*parts: str) -> Path:
    """Return a small input that was read wrongly once, from the folder `cases` beside the dumps, or skip the test."""
    return _shared(_root().parent.joinpath("cases", *parts))


def _root() -> Path:
    return Path(os.environ.get("SHARED_DATA", REPOSITORY.parent / "shared" / "data"))


def _shared(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"no real data at {path}; set SHARED_DATA to the folder that holds it")
    return path

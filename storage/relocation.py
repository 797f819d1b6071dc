"""Absolute places in a database of a data root, which lead elsewhere once the root is moved or copied."""

import os
from collections.abc import Iterable
from pathlib import Path

from seqrec.errors import StorageError
from storage.atomic_write import is_writable


def must_be_corrected(database: Path, old: Path, here: Path, recorded: Iterable[Path]) -> bool:
    """Return whether `database` was moved or copied together with the files that it recorded under another folder.

    It was not if some of them are only there: then another data root records its files in this database.

    Args:
        database: The database, in `here` or below.
        old: The folder under which places were recorded.
        here: The folder that has its role now.
        recorded: Those places, relative to `old`.

    Raises:
        StorageError: It was copied without some of the files, or can't be written.
    """
    if old == here or (old.exists() and old.samefile(here)):
        return False
    places = list(recorded)
    left = [place for place in places if (old / place).exists() and not (here / place).exists()]
    if not left:
        if not is_writable(database):
            raise StorageError(
                str(database),
                got=f"files that were recorded in {old}, and a database that can't be written",
                expected=f"files in {here}, to which the data root was moved or copied",
                remedy="Run the command once as somebody who may write there; it then corrects the recorded places.",
            )
        return True
    if not (old / os.path.relpath(database, here)).exists():
        return False
    raise StorageError(
        str(database),
        got=f"{len(left)} of {len(places)} recorded folders that are only in {old}, such as {left[0]}",
        expected=f"all of them in {here}, to which the data root was copied",
        remedy="Copy the whole data root again.",
    )

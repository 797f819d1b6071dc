"""The places of files in MLflow's database, corrected when a data root is opened where it was moved or copied to.

MLflow records absolute places, and has no command that changes them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from storage.relocation import must_be_corrected

PLACES: Final = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    # The address of a champion's twin.
    ("model_version_tags", "value"),
)
"""Tables and columns with places."""


def correct_places(database: Path, artifact_root: Path, tag: str) -> None:
    """Let all recorded places lead to `artifact_root`, if the database was moved or copied there with its files.

    Args:
        database: The SQLite database of MLflow, below `artifact_root`.
        artifact_root: The folder of the files of all runs.
        tag: The tag of the experiments that keep their files in such a folder.

    Raises:
        StorageError: The database was copied without some of the files, or can't be written.
        sqlite3.Error: The database is damaged, or another process holds it.
    """
    with closing(sqlite3.connect(database, timeout=60.0)) as connection:
        for old in _artifact_roots(connection, tag):
            recorded = (place.relative_to(old) for place in _recorded(connection) if place.is_relative_to(old))
            if must_be_corrected(database, old, artifact_root, recorded):
                with connection:
                    _replace(connection, old.as_uri(), artifact_root.as_uri())


def path_of(place: str) -> Path | None:
    """Return the folder of a place on this machine, or None if it is elsewhere."""
    parts = urlsplit(place)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _artifact_roots(connection: sqlite3.Connection, tag: str) -> list[Path]:
    rows = connection.execute(
        "select distinct artifact_location from experiments join experiment_tags using (experiment_id) where key = ?",
        [tag],
    )
    return [path for (place,) in rows if (path := path_of(place)) is not None]


def _recorded(connection: sqlite3.Connection) -> Iterator[Path]:
    """Yield the folders of runs and models."""
    for query in ("select artifact_uri from runs", "select artifact_location from logged_models"):
        yield from (path.parent for (place,) in connection.execute(query) if (path := path_of(place)) is not None)


def _replace(connection: sqlite3.Connection, old: str, new: str) -> None:
    for table, column in PLACES:
        connection.execute(
            f"update {table} set {column} = ? || substr({column}, ?) "  # noqa: S608 - names from above
            f"where {column} = ? or substr({column}, 1, ?) = ?",
            [new, len(old) + 1, old, len(old) + 1, f"{old}/"],
        )

"""Prefect's SQLite database, which appears in its place only when it is complete."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from alembic.script import ScriptDirectory
from filelock import FileLock
from prefect.server.database import provide_database_interface
from prefect.server.database.alembic_commands import alembic_config
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import temporary_database_config
from sqlalchemy.exc import DatabaseError

from seqrec.errors import StorageError
from storage.atomic_write import REMEDY

FULL = ("disk is full", "disk i/o error", "readonly database")
BUSY = "locked"
ELSEWHERE = ("PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_API_DATABASE_CONNECTION_URL")
"""The variables with which a user names another database."""


def complete_own(home: Path, note: Callable[[str], object]) -> None:
    """Complete the database in Prefect's home, unless the environment names another, before its server starts.

    Args:
        home: Prefect's home.
        note: Receives what a person should know.

    Raises:
        StorageError: As from `complete`.
    """
    if any(name in os.environ for name in ELSEWHERE):
        return
    aside = complete(home / "prefect.db")
    if aside is not None:
        note(f"Prefect's database was incomplete or damaged; it is now {aside}, and a new one was made")
    os.environ["PREFECT_SERVER_DATABASE_MIGRATE_ON_START"] = "false"


def complete(file: Path) -> Path | None:
    """Make the database `file` if it does not exist, and bring an older one up to date.

    Returns:
        The new place of a database that could not be completed, such as one of a run that a full disk ended; a new
        database is in its place. None if there was none.

    Raises:
        StorageError: The disk is full, or another process holds the database.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_name(f"{file.name}.lock")):
        if file.exists():
            if _revision(file) == _newest():
                return None
            with suppress(_UnusableError):
                _migrate(file)
                return None
        aside = _move_away(file)
        _make(file)
        return aside


class _UnusableError(Exception):
    """A database can't be completed."""


def _make(file: Path) -> None:
    for left in file.parent.glob(f"{file.name}.making*"):
        left.unlink()
    making = file.with_name(f"{file.name}.making")
    try:
        _migrate(making)
    except _UnusableError as error:
        raise _full(file, str(error)) from error
    making.replace(file)


def _migrate(file: Path) -> None:
    config = AioSqliteConfiguration(connection_url=f"sqlite+aiosqlite:///{file}")
    try:
        with temporary_database_config(config):
            asyncio.run(provide_database_interface().create_db())
    except (DatabaseError, OSError) as error:
        told = str(error).splitlines()[0]
        if isinstance(error, OSError) or any(words in told.lower() for words in FULL):
            raise _full(file, told) from error
        if BUSY in told:
            raise StorageError(
                str(file),
                got="a database that another process holds",
                expected="a database that answers within seconds",
                remedy="Run the command again once the other process has ended.",
            ) from error
        raise _UnusableError(told) from error


def _move_away(file: Path) -> Path | None:
    if not file.exists():
        return None
    aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
    file.replace(aside)
    for suffix in ("-wal", "-shm"):
        log = file.with_name(file.name + suffix)
        if log.exists():
            log.replace(aside.with_name(aside.name + suffix))
    return aside


def _revision(file: Path) -> str | None:
    """Return the revision of the tables, or None if the file is damaged."""
    try:
        with closing(sqlite3.connect(file, timeout=60.0)) as connection:
            # Prefect would find damage in the middle of a run.
            if connection.execute("pragma integrity_check(1)").fetchone() != ("ok",):
                return None
            row = connection.execute("select version_num from alembic_version").fetchone()
    except sqlite3.DatabaseError:
        return None
    return None if row is None else str(row[0])


def _newest() -> str | None:
    """Return the revision that this version of Prefect needs."""
    scripts = ScriptDirectory.from_config(alembic_config())
    scripts.version_locations = [str(provide_database_interface().orm.versions_dir)]
    return scripts.get_current_head()


def _full(file: Path, got: str) -> StorageError:
    return StorageError(str(file), got=got, expected="room for Prefect's database", remedy=REMEDY)

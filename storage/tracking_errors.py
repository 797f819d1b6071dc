"""What is wrong with MLflow's database or server, in four parts, with a remedy that fits."""

from pathlib import Path
from typing import Final

from seqrec.errors import StorageError
from seqrec.redact import redact

ACCEPTS: Final = "a tracking database or server that accepts records"

_FULL: Final = ("database or disk is full", "disk I/O error")
_UNWRITABLE: Final = ("readonly database", "unable to open database file")
_HELD: Final = ("database is locked",)
_DAMAGED: Final = ("malformed", "not a database", "no such table", "no such column")
_PREFACE: Final = "(raised as a result of"
"""How SQLAlchemy begins a line before the one that says what is wrong."""
_OUTDATED: Final = ("out-of-date database schema",)


def tracking_error(uri: str, *, got: str, remedy: str, expected: str = ACCEPTS) -> StorageError:
    """Return an error about the database or server `uri`, without its password."""
    subject = f"MLflow at {redact('uri', uri)}"
    return StorageError(subject, got=redact("got", got), expected=expected, remedy=remedy)


def explained(uri: str, file: Path | None, error: Exception) -> StorageError:
    """Return the error that tells what MLflow or its database complained about.

    Args:
        uri: Database or server.
        file: The file of an SQLite database.
        error: The complaint.
    """
    lines = [line for line in str(error).splitlines() if line and not line.startswith(_PREFACE)]
    got = lines[0] if lines else type(error).__name__
    if isinstance(error, ImportError):
        return tracking_error(uri, got=got, remedy="Install that driver of the database with pip.")
    if getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST":
        remedy = "Somebody may have deleted it there. `seqrec pages` shows what there is."
        return tracking_error(uri, got=got, expected="a record that exists", remedy=remedy)
    if file is None:
        return tracking_error(uri, got=got, remedy="Check SEQREC_TRACKING_URI, and that the server is running.")
    if _says(got, _DAMAGED):
        return damaged(file, got)
    return tracking_error(uri, got=got, remedy=_remedy(uri, file, got))


def damaged(file: Path, got: str) -> StorageError:
    """Return the error that tells that an SQLite database is damaged."""
    return StorageError(
        str(file),
        got=got,
        expected="the SQLite database of MLflow, undamaged",
        remedy=f"Save its records with `sqlite3 {file} .recover`, or restore a copy. If neither is possible, move it "
        "away: the next run makes a new one. The tracked runs and the registered models are lost then, and each "
        "champion has to be promoted again.",
    )


def _remedy(uri: str, file: Path, got: str) -> str:
    if _says(got, _FULL):
        return "Free disk space, and run the command again."
    if _says(got, _UNWRITABLE):
        return f"Fix the permissions of {file} and its folder, or run the command as somebody who may write there."
    if _says(got, _HELD):
        return "Run the command again once the other process has ended."
    if _says(got, _OUTDATED):
        return f"Make a copy of {file}, and run `mlflow db upgrade '{uri}'`."
    return "Run the command again. `seqrec pages` shows what is recorded there."


def _says(got: str, signs: tuple[str, ...]) -> bool:
    return any(sign in got for sign in signs)

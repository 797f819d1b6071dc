"""Audits as JSON."""

from pathlib import Path

from seqrec.audit.finding import Audit
from storage.files.json_file import read_json, write_json

AUDIT = "audit.json"


def write_audit(folder: Path, audit: Audit) -> None:
    """Write an audit into `folder`.

    Raises:
        StorageError: The file can't be written.
    """
    write_json(folder / AUDIT, audit.to_json())


def read_audit(folder: Path) -> Audit:
    """Return the audit in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    return Audit.from_json(read_json(folder / AUDIT))

"""The address at which `seqrec pages` serves MLflow, noted in the data root for as long as it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from seqrec.errors import StorageError
from storage.files.json_file import read_json, write_json
from storage.process_id import current_process, is_running

NOTE: Final = "served.json"


@contextmanager
def noted_as_served(folder: Path, url: str) -> Iterator[None]:
    """Note during the block that this process serves MLflow's database of `folder` at `url`."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / NOTE
    write_json(note, {"url": url, "process": current_process()})
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def served_url(folder: Path) -> str | None:
    """Return the address that was noted last, or None if there is none, or its process does not run here any more."""
    try:
        note = read_json(folder / NOTE)
    except StorageError:
        return None
    return str(note["url"]) if is_running(note["process"]) else None

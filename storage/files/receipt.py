"""The receipt of a downloaded file, as JSON: its address, size and digest."""

import json
from pathlib import Path

from seqrec.datasets.sources import Source
from storage.files.json_file import write_json


def write_receipt(path: Path, source: Source) -> None:
    """Write the receipt of a file.

    Raises:
        StorageError: The receipt can't be written.
    """
    write_json(path, source.to_json())


def read_receipt(path: Path, url: str) -> Source | None:
    """Return the receipt of the file at `url`, or None if there is no readable receipt of it."""
    try:
        source = Source.from_json(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError):
        return None
    return source if source.url == url else None

"""What is known of a downloaded file, as JSON."""

import json
from pathlib import Path

from seqrec.datasets.sources import Source
from storage.files.json_file import write_json


def write_receipt(path: Path, source: Source) -> None:
    """Write what is known of a file.

    Raises:
        StorageError: The receipt can't be written.
    """
    write_json(path, source.to_json())


def read_receipt(path: Path, url: str) -> Source | None:
    """Return what is known of the file at `url`; None if no receipt of it can be read."""
    try:
        source = Source.from_json(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError):
        return None
    return source if source.url == url else None

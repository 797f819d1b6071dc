"""The bookmark of an ingest as JSON, next to its tables."""

from pathlib import Path

from seqrec.ingest.growth import Bookmark
from storage.files.json_file import read_json, write_json
from storage.files.reading import reading

BOOKMARK = "bookmark.json"


def write_bookmark(folder: Path, bookmark: Bookmark) -> None:
    """Write a bookmark into `folder`.

    Raises:
        StorageError: The file can't be written.
    """
    write_json(folder / BOOKMARK, bookmark.to_json())


def read_bookmark(folder: Path) -> Bookmark:
    """Return the bookmark in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    plain = read_json(folder / BOOKMARK)
    with reading(folder / BOOKMARK, "a bookmark"):
        return Bookmark.from_json(plain)

"""A bookmark beside the tables that were read up to it."""

from pathlib import Path

from pydantic import TypeAdapter

from seqrec.datasets.bookmark import Bookmark
from storage.files.json_file import read_json, write_json
from storage.files.reading import reading

BOOKMARK = "bookmark.json"


def write_bookmark(folder: Path, bookmark: Bookmark) -> None:
    """Writes a bookmark into `folder`.

    Raises:
        StorageError: The file can't be written.
    """
    write_json(folder / BOOKMARK, TypeAdapter(Bookmark).dump_python(bookmark, mode="json"))


def read_bookmark(folder: Path) -> Bookmark:
    """The bookmark in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    plain = read_json(folder / BOOKMARK)
    with reading(folder / BOOKMARK, "a bookmark"):
        return TypeAdapter(Bookmark).validate_python(plain)

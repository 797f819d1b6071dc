"""Item vectors as safetensors."""

from pathlib import Path

from seqrec.types import Vectors
from storage.files.arrays import read_arrays, write_arrays
from storage.files.reading import reading

FILE = "vectors.safetensors"
REDUCER = "reducer"
"""Folder of the fitted reducer that reduced the vectors."""


def write_vectors(folder: Path, vectors: Vectors) -> None:
    """Write item vectors into `folder`.

    Raises:
        StorageError: The file can't be written.
    """
    write_arrays(folder / FILE, {"values": vectors.values})


def read_vectors(folder: Path) -> Vectors:
    """Return the item vectors in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    arrays = read_arrays(folder / FILE)
    with reading(folder / FILE, "item vectors"):
        return Vectors(arrays["values"])

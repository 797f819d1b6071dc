"""Several arrays in one safetensors file."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from storage.atomic_write import writing
from storage.files.reading import reading


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays of numbers or booleans as safetensors.

    Raises:
        StorageError: The file can't be written.
    """
    # The library stores memory as it is, so a transposed view would come back as another matrix. Its own `save_file`
    # would hide a full disk, and leave a file that only its owner may read.
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    with writing(path.parent):
        path.write_bytes(content)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays in a file, by name.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    with reading(path, "a safetensors file"):
        return load(path.read_bytes())

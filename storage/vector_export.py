"""Item and user vectors for an online service: Parquet files, and an index of the items."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float32, Shaped

from seqrec.errors import ConfigError
from storage.atomic_write import atomic_write

ITEMS: Final = "items.parquet"
USERS: Final = "users.parquet"
INDEX: Final = "items.faiss"
REMEDY: Final = "Free disk space, fix the permissions, or choose another folder with --output."
NEIGHBOURS: Final = 32
"""Links of each item in the graph of the index; FAISS's own default."""


def check_index() -> None:
    """Check that an index can be built.

    Raises:
        ConfigError: FAISS is not installed.
    """
    if find_spec("faiss") is None:
        raise ConfigError(
            "seqrec export --index",
            got="no package faiss",
            expected="FAISS, which builds the index",
            remedy="Install it, `pip install faiss-cpu`, or leave --index out.",
        )


def write_vectors(
    path: Path, name: str, ids: Shaped[np.ndarray, " n"], vectors: Float32[np.ndarray, "n width"]
) -> None:
    """Write ids and their vectors: the columns `name` and `vector`, a list of fixed size.

    Raises:
        StorageError: The file can't be written.
    """
    flat = pa.array(np.ascontiguousarray(vectors).ravel())
    column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    table = pa.table({name: pa.array(ids.tolist(), pa.string()), "vector": column})
    with atomic_write(path, REMEDY) as hidden:
        pq.write_table(table, hidden)


def write_index(path: Path, vectors: Float32[np.ndarray, "n width"]) -> None:
    """Write an HNSW index (FAISS) that finds the items with the largest products; its ids are rows of the item file.

    Raises:
        StorageError: The file can't be written.
    """
    import faiss  # noqa: PLC0415 - an optional dependency

    index = faiss.IndexHNSWFlat(vectors.shape[1], NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    index.add(np.ascontiguousarray(vectors))
    with atomic_write(path, REMEDY) as hidden:
        faiss.write_index(index, str(hidden))

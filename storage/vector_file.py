"""One encoder's vectors by text, in an SQLite file."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from zlib import crc32

import numpy as np
from filelock import FileLock
from jaxtyping import Float32

from seqrec.errors import StorageError
from storage.atomic_write import atomic_write


class VectorFile:
    """A file of text digests and vectors, which several processes may read and write at the same time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection

    @property
    def dim(self) -> int | None:
        """Width of the vectors, or None while the file is empty."""
        row = self._connection.execute("select length(vector) / 4 from vectors limit 1").fetchone()
        return None if row is None else int(row[0])

    def digests(self) -> set[str]:
        """Return the digests of all texts that have a vector."""
        return {digest for (digest,) in self._connection.execute("select digest from vectors")}

    def add(self, digests: Sequence[str], vectors: Float32[np.ndarray, "n dim"]) -> None:
        """Add the vectors of some texts; they are safely on disk when this returns."""
        blobs = [vector.tobytes() for vector in vectors]
        rows = zip(digests, blobs, map(crc32, blobs), strict=True)
        with self._connection:
            self._connection.executemany("insert or ignore into vectors values (?, ?, ?)", rows)

    def drop_damaged(self, digests: Iterable[str]) -> int:
        """Remove the vectors of some texts that differ from their checksums, and return how many there were."""
        select = "select vector, checksum from vectors where digest = ?"
        found = ((digest, self._connection.execute(select, (digest,)).fetchone()) for digest in digests)
        damaged = [(digest,) for digest, row in found if row is not None and crc32(row[0]) != row[1]]
        with self._connection:
            self._connection.executemany("delete from vectors where digest = ?", damaged)
        return len(damaged)

    def remove(self, digests: Sequence[str]) -> None:
        """Remove the vectors of some texts."""
        with self._connection:
            self._connection.executemany("delete from vectors where digest = ?", [(digest,) for digest in digests])

    def read(self, digests: Sequence[str]) -> Float32[np.ndarray, "n dim"]:
        """Return the vectors of some texts, all of which must be in the file.

        Raises:
            StorageError: The vectors differ in width.
        """
        select = "select vector from vectors where digest = ?"
        rows = [self._connection.execute(select, (digest,)).fetchone()[0] for digest in digests]
        sizes = {len(row) for row in rows}
        if len(sizes) != 1 or sizes.pop() % 4:
            raise _damaged(self.path, f"{len(rows)} vectors of several widths")
        return np.frombuffer(b"".join(rows), np.float32).reshape(len(rows), -1).copy()


@contextmanager
def open_vectors(path: Path) -> Iterator[VectorFile]:
    """Open the vectors in the file `path`, which is created if it does not exist.

    Raises:
        StorageError: The file can't be read or written, or is not a file of vectors.
    """
    if not path.exists():
        with FileLock(path.with_suffix(".new.lock")):
            if not path.exists():
                _create(path)
    try:
        # The timeout allows for the commit of another writer, which can take long on a slow disk.
        with closing(sqlite3.connect(path, timeout=60.0)) as connection:
            _add_checksums(path, connection)
            yield VectorFile(path, connection)
    except sqlite3.OperationalError as error:
        raise StorageError(
            str(path),
            got=str(error),
            expected="a readable and writable file on a disk with free space",
            remedy="Free disk space, fix the permissions, or set SEQREC_DATA_ROOT to another folder.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, str(error)) from error


def _create(path: Path) -> None:
    with atomic_write(path) as hidden, closing(sqlite3.connect(hidden)) as connection:
        # With a write-ahead log, a writer does not block readers, and a commit is a single append.
        connection.execute("pragma journal_mode = wal")
        connection.execute(
            "create table vectors (digest text primary key, vector blob not null, checksum integer not null)"
        )


def _add_checksums(path: Path, connection: sqlite3.Connection) -> None:
    """Add the checksums that files of version 0.1 lack: their vectors may have been paid for."""

    def lacks_them() -> bool:
        return "checksum" not in {name for _, name, *_ in connection.execute("pragma table_info(vectors)")}

    if lacks_them():
        with FileLock(path.with_suffix(".new.lock")):
            if lacks_them():
                connection.create_function("crc32", 1, crc32, deterministic=True)
                with connection:
                    connection.execute("begin")
                    connection.execute("alter table vectors add column checksum integer not null default 0")
                    connection.execute("update vectors set checksum = crc32(vector)")


def _damaged(path: Path, got: str) -> StorageError:
    return StorageError(
        str(path),
        got=got,
        expected="the vectors of one encoder",
        remedy="Remove the file; the next run embeds its texts again.",
    )

"""Files inside a tar archive, plain or gzipped, read in passing: nothing is ever unpacked to disk.

A member has a path below its archive, such as `yelp_dataset.tar/yelp_academic_dataset_review.json`. Only plain
files under relative names are read; their number, names and kinds are the archive's claim and not trusted.
"""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from seqrec.datasets.listing import listing
from seqrec.datasets.parsing.gunzip import gunzip
from seqrec.errors import DataError

_BLOCK_BYTES = 512
_CHUNK_BYTES = 1 << 20
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)
_WITHOUT_CONTENT = (
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
)
"""Kinds whose header may name a size, though nothing follows."""
_END = bytes(_BLOCK_BYTES)


def archive_of(path: Path) -> Path | None:
    """The archive that `path` leads into; None for a file of its own."""
    return next((parent for parent in path.parents if parent.is_file()), None)


def find_member(archive: Path, *names: str) -> Path:
    """The path of the first member that is called one of `names`, in whatever folder of the archive.

    Raises:
        DataError: The archive is damaged or holds no such member, or the member is a link, a device or a folder,
            or has an absolute name or one that climbs out.
    """
    with _opened(archive) as stream:
        member = next((one for one in _members(archive, stream) if PurePosixPath(one.name).name in names), None)
    if member is None:
        raise DataError(
            str(archive),
            got=f"an archive that holds {_contents(archive)}",
            expected=" or ".join(names),
            remedy="Fetch the archive again, or put the file itself beside it.",
        )
    _check_safe(archive, member)
    return archive / PurePosixPath(member.name)


def member_chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a member, by a path that `find_member` gave.

    Raises:
        DataError: The archive is damaged or breaks off, or the member is not there any more.
    """
    archive = archive_of(path)
    assert archive is not None, f"{path} leads into no archive"
    with _opened(archive) as stream:
        for member in _members(archive, stream):
            if archive / PurePosixPath(member.name) == path:
                _check_safe(archive, member)
                yield from stream.pieces(member.size)
                # Only the end of a gzip stream tells whether all of it was sound.
                stream.drain()
                return
    raise DataError(str(path), got="no such member", expected="the member found before", remedy="Fetch it again.")


class _Stream:
    """Bytes of an archive in order, as many at a time as are asked for."""

    def __init__(self, archive: Path, chunks: Iterator[bytes]) -> None:
        self._archive = archive
        self._chunks = chunks
        self._rest = memoryview(b"")
        self.position = 0

    def read(self, n_bytes: int) -> bytes:
        """The next `n_bytes`; fewer only at the end."""
        parts: list[memoryview] = []
        while n_bytes and self._fill():
            parts.append(self._rest[:n_bytes])
            self._rest = self._rest[n_bytes:]
            n_bytes -= len(parts[-1])
            self.position += len(parts[-1])
        return b"".join(parts)

    def pieces(self, n_bytes: int) -> Iterator[bytes]:
        """The next `n_bytes`, in pieces."""
        end = self.position + n_bytes
        while self.position < end:
            piece = self.read(min(_CHUNK_BYTES, end - self.position))
            if not piece:
                raise _damaged(self._archive, f"an archive that breaks off after {self.position:,} bytes")
            yield piece

    def drain(self) -> None:
        """Read to the end."""
        while self.read(_CHUNK_BYTES):
            pass

    def _fill(self) -> bool:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._rest = memoryview(chunk)
        return True


@contextmanager
def _opened(archive: Path) -> Iterator[_Stream]:
    with archive.open("rb") as file:
        yield _Stream(archive, gunzip(archive, iter(lambda: file.read(_CHUNK_BYTES), b"")))


def _members(archive: Path, stream: _Stream) -> Iterator[tarfile.TarInfo]:
    """The members in order, each while the stream stands at its content.

    Only the headers of 512 bytes are looked at. Extended headers are passed over like members: long names and
    sizes beyond 8 GiB in the POSIX form, which no dump that we know needs, and which can be made to fill the memory.
    """
    while (header := stream.read(_BLOCK_BYTES)) and header != _END:
        start = stream.position
        try:
            member = tarfile.TarInfo.frombuf(header, "utf-8", "replace")
        except tarfile.HeaderError as error:
            what = "no tar archive" if start <= _BLOCK_BYTES else f"a damaged tar archive after {start:,} bytes"
            raise _damaged(archive, f"{what} ({error})") from error
        if member.size < 0:
            raise _damaged(archive, f"a member '{member.name}' of {member.size:,} bytes")
        yield member
        if member.type not in _WITHOUT_CONTENT:
            padded = -(-member.size // _BLOCK_BYTES) * _BLOCK_BYTES
            for _ in stream.pieces(start + padded - stream.position):
                pass


def _contents(archive: Path) -> str:
    with _opened(archive) as stream:
        return listing(member.name for member in _members(archive, stream))


def _check_safe(archive: Path, member: tarfile.TarInfo) -> None:
    name = PurePosixPath(member.name)
    if member.type not in _PLAIN:
        kinds = {tarfile.SYMTYPE: "a link", tarfile.LNKTYPE: "a link", tarfile.DIRTYPE: "a folder"}
        fault = kinds.get(member.type, "a device, a sparse file or the like")
    elif name.is_absolute():
        fault = "an absolute name"
    elif ".." in name.parts:
        fault = "a name that climbs out of the archive"
    else:
        return
    raise DataError(
        str(archive),
        got=f"'{member.name}', which is {fault}",
        expected="a plain file under a relative name",
        remedy="Fetch the archive again from its source; this one may have been tampered with.",
    )


def _damaged(archive: Path, got: str) -> DataError:
    return DataError(
        str(archive), got=got, expected="a complete tar archive", remedy="Fetch it again (`tar -tf` tells)."
    )

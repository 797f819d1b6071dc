"""Files inside a tar archive, plain or packed, read in passing: nothing is ever unpacked to disk.

A member has a path below its archive, such as `yelp_dataset.tar/yelp_academic_dataset_review.json`. Only plain
files under relative names are read; their number, names and kinds are the archive's claim and not trusted.
"""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path, PurePosixPath

from seqrec.datasets.parsing.unpack import MAX_TEXT_BYTES, unpack
from seqrec.errors import DataError
from seqrec.listing import listing

_CHUNK_BYTES = 1 << 18
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)
_FAULTS = {tarfile.SYMTYPE: "a link", tarfile.LNKTYPE: "a link", tarfile.DIRTYPE: "a folder"}
_KNOWN = (*_PLAIN, *_FAULTS, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
_OTHER = b"?"
"""Kind of a member that is passed over."""


def find_member(archive: Path, *names: str) -> Path:
    """The path of the first member that is called one of `names`, in any folder of the archive.

    Raises:
        DataError: The archive is damaged or holds no such member, or the member is a link, a device or a folder,
            or has an absolute name or one that climbs out.
    """
    with _opened(archive) as (tar, _):
        for member in _members(tar):
            if PurePosixPath(member.name).name in names:
                return _check_safe(archive, member)
    with _opened(archive) as (tar, _):
        got = f"an archive that holds {listing(one.name for one in _members(tar))}"
    remedy = "Fetch the archive again, or put the file itself beside it."
    raise DataError(str(archive), got=got, expected=" or ".join(names), remedy=remedy)


@contextmanager
def open_tar_member(archive: Path, path: Path) -> Iterator[BufferedReader]:
    """The member at a path below its archive, such as `find_member` gives.

    What follows the member in the archive is read, too, when the member is closed.

    Raises:
        DataError: The archive is damaged, or holds no such plain file.
    """
    with _opened(archive) as (tar, text):
        member = next((one for one in _members(tar) if archive / PurePosixPath(one.name) == path), None)
        if member is None:
            remedy = f"`tar -tf {archive.name}` lists what it holds."
            raise DataError(str(path), got="no such file in the archive", expected="the path of one", remedy=remedy)
        _check_safe(archive, member)
        content = tar.extractfile(member)
        assert isinstance(content, BufferedReader), f"{path} has no content"
        yield content
        # Only the end of a packed stream shows whether all of it was sound.
        while text.read(_CHUNK_BYTES):
            pass


class _Header(tarfile.TarInfo):
    """One header of 512 bytes.

    Extended headers (long names, sizes beyond 8 GiB, maps of sparse files) can be made to fill the memory, and no dump
    that we know needs them: they become members of an unknown kind, which are passed over.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        try:
            member = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            # Left alone, `tarfile` would take a damaged header for the end of the archive, as zero bytes are.
            raise tarfile.ReadError(str(error)) if buf.strip(b"\0") else error from error
        if not 0 <= member.size <= MAX_TEXT_BYTES:
            raise tarfile.ReadError(f"a member '{member.name}' of {member.size:,} bytes")
        if member.type not in _KNOWN:
            member.type = _OTHER
        return member


@contextmanager
def _opened(archive: Path) -> Iterator[tuple[tarfile.TarFile, BufferedReader]]:
    """The archive, and its text."""
    with archive.open("rb") as file:
        text = unpack(archive, file)
        try:
            with tarfile.open(fileobj=text, mode="r|", tarinfo=_Header, encoding="utf-8", errors="replace") as tar:
                yield tar, text
        except tarfile.TarError as error:
            got, remedy = f"no tar archive, or a damaged one ({error})", "Fetch it again (`tar -tf` checks it)."
            raise DataError(str(archive), got=got, expected="a complete tar archive", remedy=remedy) from error


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members in order, each while the archive stands at its content."""
    while (member := tar.next()) is not None:
        # They would be kept, however many there are.
        tar.members.clear()  # type: ignore[attr-defined] # its stub forgets them
        yield member


def _check_safe(archive: Path, member: tarfile.TarInfo) -> Path:
    """The path of a member that is a plain file under a relative name."""
    name = PurePosixPath(member.name)
    if member.type not in _PLAIN:
        fault = _FAULTS.get(member.type, "a device, a sparse file or the like")
    elif name.is_absolute():
        fault = "an absolute name"
    elif ".." in name.parts:
        fault = "a name that climbs out of the archive"
    else:
        return archive / name
    remedy = "Fetch the archive again from its source; this one may have been tampered with."
    got, expected = f"'{member.name}', which is {fault}", "a plain file under a relative name"
    raise DataError(str(archive), got=got, expected=expected, remedy=remedy)

"""One public file into a folder, whole and checked."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from seqrec.datasets.sources import Source
from seqrec.errors import DownloadError
from storage.atomic_write import discard, publish, writing
from storage.download.http import answering
from storage.download.receipt import Receipt, read_receipt, receipt_of, write_receipt
from storage.download.retry import RetryPolicy, retry
from storage.download.transfer import Progress, arrived, other_file, part_of, transfer

Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here, whole."""

    path: Path
    size_bytes: int
    sha256: str
    fresh: bool
    """Whether it came now; otherwise it was here."""


def fetch(client: httpx.Client, source: Source, folder: Path, tell: Tell, patience: RetryPolicy) -> Fetched:
    """Brings a file into `folder`, unless it is there.

    The file stands under its name only when all of it has come, its size is the one that the server told, and size
    and digest are those of `source` where it has them. Where nothing tells its end, a gzip file must be complete, and
    any other is taken as it came, with a note. Until then the bytes are in `<name>.part`, where a later
    call goes on. A file that is there is compared with the receipt of its transfer; one that was put there by other
    hands, with the size that the server tells.

    Args:
        client: Who asks.
        source: The file.
        folder: Where it should lie; made if it is not there.
        tell: Told of the progress.
        patience: When to give up.

    Raises:
        DownloadError: The file can't be had, or what is here or comes is not the file.
        StorageError: The disk is full, or the folder can't be written.
    """
    folder = folder.absolute()
    target = folder / source.file_name
    with writing(folder, "Free room, mend the permissions, or name another folder with --data."):
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(target):
            act = _compare if target.exists() else _collect
            return act(client, source, target, tell, patience)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Keeps other processes away from the part file and the receipt."""
    lock = target.with_name(f".{target.name}.lock")
    try:
        with FileLock(lock, blocking=False):
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
    except Timeout as error:
        raise DownloadError(
            str(target),
            got="a transfer by another process",
            expected="one at a time",
            remedy="Wait until it has ended.",
        ) from error


def _collect(client: httpx.Client, source: Source, target: Path, tell: Tell, patience: RetryPolicy) -> Fetched:
    """Fetches the file, checks it, and puts it under its name."""
    receipt = retry(
        lambda: transfer(client, source, target, tell),
        source.url,
        patience,
        arrived=lambda: arrived(target),
        say=lambda note: tell(Progress(arrived(target), source.size_bytes, note)),
    )
    part = part_of(target)
    size_bytes, sha256 = _measure(part)
    expected = _other(size_bytes, sha256, receipt, source)
    if expected is not None:
        discard(part)
        raise other_file(source.url, f"{size_bytes:,} bytes with sha256 {sha256}", expected)
    write_receipt(target, receipt.model_copy(update={"size_bytes": size_bytes, "sha256": sha256}))
    publish(part, target)
    return Fetched(target, size_bytes, sha256, fresh=True)


def _compare(client: httpx.Client, source: Source, target: Path, tell: Tell, patience: RetryPolicy) -> Fetched:
    """The file that is there, compared with all that is known of it."""
    size_bytes, sha256 = _measure(target)
    receipt = read_receipt(target)
    if receipt is None or receipt.sha256 is None or receipt.url != source.url:
        receipt = retry(
            lambda: _head(client, source.url),
            source.url,
            patience,
            arrived=lambda: 0,
            say=lambda note: tell(Progress(size_bytes, size_bytes, note)),
        )
    expected = _other(size_bytes, sha256, receipt, source)
    if expected is not None:
        raise DownloadError(
            str(target),
            got=f"{size_bytes:,} bytes with sha256 {sha256}",
            expected=f"{expected}, as at {source.url}",
            remedy="It is not whole, or was changed. Move it away to fetch it again.",
        )
    write_receipt(target, receipt.model_copy(update={"size_bytes": size_bytes, "sha256": sha256}))
    return Fetched(target, size_bytes, sha256, fresh=False)


def _head(client: httpx.Client, url: str) -> Receipt:
    """What the server says of the file, without the file."""
    with answering(client, "HEAD", url, {}) as response:
        return receipt_of(url, response)


def _measure(path: Path) -> tuple[int, str]:
    """Size and digest of a file."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _other(size_bytes: int, sha256: str, *known: Receipt | Source) -> str | None:
    """What was expected, in words, where size or digest are others than the known ones."""
    for one in known:
        if one.size_bytes not in {None, size_bytes}:
            return f"{one.size_bytes:,} bytes"
        if one.sha256 not in {None, sha256}:
            return f"sha256 {one.sha256}"
    return None

"""The bytes of one file, into a part file beside the place where it will stand."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from seqrec.datasets.sources import Source
from seqrec.errors import DownloadError, StorageError
from storage.atomic_write import discard
from storage.download.gzip_check import ends_well
from storage.download.http import answering
from storage.download.receipt import Receipt, read_receipt, receipt_of, write_receipt
from storage.download.retry import TryAgainError


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a transfer stands."""

    done_bytes: int
    size_bytes: int | None
    """None where the server does not tell."""
    note: str | None = None
    """Something out of the ordinary, for a person."""


def part_of(target: Path) -> Path:
    """Where the bytes of `target` are collected."""
    return target.with_name(f"{target.name}.part")


def arrived(target: Path) -> int:
    """Bytes of `target` that have been collected."""
    part = part_of(target)
    return part.stat().st_size if part.exists() else 0


def transfer(client: httpx.Client, source: Source, target: Path, tell: Callable[[Progress], None]) -> Receipt:
    """Collects what is missing of `target` and returns what the server says of the file.

    A part file goes on only under the server's word that the file is still the one that it was begun with;
    otherwise it starts over, and says so.

    Args:
        client: Who asks.
        source: The address, and what the file is known to be.
        target: The file to be; it is not touched.
        tell: Told of the progress.

    Raises:
        DownloadError: The server has no such file, refuses it, or has one of another size.
        TryAgainError: The transfer broke off; the part file holds what came.
        StorageError: The disk has no room for the file.
    """
    url = source.url
    begun, have = _begun(url, target)
    if begun is not None and have == begun.size_bytes:
        return begun
    headers = {} if begun is None else {"Range": f"bytes={have}-", "If-Range": str(begun.validator)}
    with answering(client, "GET", url, headers) as response:
        if begun is not None and _ends(response, have):
            if begun.size_bytes is not None:
                return begun
            _check_end(target)
            return begun.model_copy(update={"size_bytes": have})
        if begun is not None and _continues(response, begun, have):
            receipt = begun
        elif response.status_code == 200:
            receipt, have = receipt_of(url, response), 0
            if arrived(target) > 0:
                tell(Progress(0, receipt.size_bytes, f"{_why_not(begun, receipt)}; starting over"))
        else:
            discard(part_of(target))
            raise TryAgainError(f"an answer {response.status_code} that does not fit what is here; starting over")
        _check_size(url, receipt.size_bytes, source.size_bytes)
        _check_room(target.parent, (receipt.size_bytes or source.size_bytes or 0) - have)
        with part_of(target).open("ab" if receipt is begun else "wb") as part:
            if receipt is not begun:
                # Only now: the old bytes, which another receipt speaks of, are gone.
                write_receipt(target, receipt)
            for block in response.iter_raw():
                part.write(block)
                have += len(block)
                tell(Progress(have, receipt.size_bytes))
    if not (_tells_its_end(response) or source.size_bytes or source.sha256 or ends_well(part_of(target))):
        tell(Progress(have, None, "nothing tells whether the file is whole"))
    return receipt


def _begun(url: str, target: Path) -> tuple[Receipt | None, int]:
    """The receipt of the part that is here and its size; none if it is of no use."""
    receipt, have = read_receipt(target), arrived(target)
    usable = have > 0 and receipt is not None and receipt.url == url and receipt.validator is not None
    return (receipt, have) if usable else (None, 0)


def _why_not(begun: Receipt | None, receipt: Receipt) -> str:
    """Why a part is of no use, where the whole file comes again."""
    if begun is None:
        return "nothing tells whether the file is still the same"
    return "the server can't go on" if receipt.validator == begun.validator else "the file has changed"


def _ends(response: httpx.Response, have: int) -> bool:
    """Whether the answer says that nothing follows: the file, still the same, is as long as what is here."""
    return response.status_code == 416 and response.headers.get("Content-Range") == f"bytes */{have}"


def _continues(response: httpx.Response, begun: Receipt, have: int) -> bool:
    """Whether the answer holds just the bytes that follow, of the same file."""
    said = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", response.headers.get("Content-Range", ""))
    same = receipt_of(begun.url, response).validator in {None, begun.validator}
    if response.status_code != 206 or said is None or int(said[1]) != have or not same:
        return False
    return said[3] == "*" or begun.size_bytes is None or int(said[3]) == begun.size_bytes == int(said[2]) + 1


def _check_end(target: Path) -> None:
    """Drops a part that is said to be the whole file, but breaks off or is damaged: going on can't mend it."""
    try:
        ends_well(part_of(target))
    except TryAgainError as trouble:
        discard(part_of(target))
        raise TryAgainError(f"{trouble.reason}, where the server has no more; starting over") from trouble


def _tells_its_end(response: httpx.Response) -> bool:
    """Whether an end of the connection before that of the body would have been noticed."""
    return "Content-Length" in response.headers or "Transfer-Encoding" in response.headers


def _check_size(url: str, size_bytes: int | None, known_bytes: int | None) -> None:
    if None not in {size_bytes, known_bytes} and size_bytes != known_bytes:
        raise other_file(url, f"{size_bytes:,} bytes", f"{known_bytes:,} bytes")


def other_file(url: str, got: str, expected: str) -> DownloadError:
    """What is said where a server gives another file than the one that is known."""
    return DownloadError(
        url,
        got=f"another file, of {got}",
        expected=f"the known one, of {expected}",
        remedy="Try again, in case it was damaged on the way. If it stays so, the file has been replaced: "
        "fetch it by hand if you trust it.",
    )


def _check_room(folder: Path, needed_bytes: int) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise StorageError(
            str(folder),
            got=f"a disk with {free_bytes:,} bytes of room",
            expected=f"room for the {needed_bytes:,} bytes that are missing",
            remedy="Free room, or name a folder on another disk with --data.",
        )

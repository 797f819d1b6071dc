"""Download of one public file into a folder, with checks."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import httpx
from filelock import FileLock, Timeout

from seqrec.datasets.parsing.unpack import check_packed
from seqrec.datasets.sources import Source, differences
from seqrec.errors import DataError, DownloadError
from storage.atomic_write import check_room, discard, publish, writing
from storage.download.http import BY_HAND, explained, retrying
from storage.files.receipt import read_receipt, write_receipt

_REPLACED = "Try again, in case it was damaged on the way. If the file was replaced and you trust it, fetch it by hand."
_CHANGED = "The file is incomplete, or was changed. Move it away to fetch it again."


class Progress(NamedTuple):
    """The progress of a transfer; the size is None if the server does not report it, and `note` is for a person."""

    done_bytes: int
    size_bytes: int | None
    note: str | None = None


class Fetched(NamedTuple):
    """A complete file, and whether it was fetched now (`fresh`) or was there before."""

    size_bytes: int
    sha256: str
    fresh: bool


def fetch(client: httpx.Client, source: Source, folder: Path, report: Callable[[Progress], None]) -> Fetched:
    """Fetch a file into `folder`, or check an existing one against its receipt or the server.

    The file gets its name when it is complete and has the expected size and digest. Until then its bytes are in
    `<name>.part`, from which a later call resumes. `report` receives the progress and the reason for each wait.

    Raises:
        DownloadError: The file can't be fetched, or is not the expected one.
        StorageError: The disk is full, or the folder can't be written.
    """
    target = folder.absolute() / source.file_name
    part, receipt = target.with_name(f"{target.name}.part"), target.with_name(f".{target.name}.receipt.json")
    with writing(target.parent), _alone(target):
        fresh, known = not target.exists(), read_receipt(receipt, source.url)
        again = retrying(lambda: _size(part), lambda note: report(Progress(_size(part), source.size_bytes, note)))
        with explained(source.url):
            if fresh:
                known = again(_transfer, client, source, part, receipt, report)
            elif known is None or known.sha256 is None:
                known = again(lambda: _described(source.url, client.head(source.url).raise_for_status()))
        with (part if fresh else target).open("rb") as file:
            sha256, size_bytes = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
        found = replace(known, size_bytes=size_bytes, sha256=sha256)
        for got, expected in differences(found, known) + differences(found, source):
            discard(part)
            subject, remedy = (source.url, _REPLACED) if fresh else (str(target), _CHANGED)
            raise DownloadError(subject, got=got, expected=expected, remedy=remedy)
        write_receipt(receipt, found)
        if fresh:
            publish(part, target)
        return Fetched(size_bytes, sha256, fresh)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Keep other processes from fetching the same file."""
    lock = target.with_name(f".{target.name}.lock")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, blocking=False):
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
    except Timeout as error:
        got, remedy = "a transfer by another process", "Wait until that process ends."
        raise DownloadError(str(target), got=got, expected="one transfer at a time", remedy=remedy) from error


def _transfer(
    client: httpx.Client, source: Source, part: Path, receipt: Path, report: Callable[[Progress], None]
) -> Source:
    """Request what the file `part` lacks, append it, and return what the server says about the whole file."""
    have = _size(part)
    begun = read_receipt(receipt, source.url) if have else None
    if begun and begun.size_bytes == have:
        return begun
    headers = {"Range": f"bytes={have}-", "If-Range": begun.validator} if begun and begun.validator else {}
    with client.stream("GET", source.url, headers=headers) as response:
        remote = _described(source.url, response)
        if response.status_code not in {200, 206, 416}:
            response.raise_for_status()
        follows = re.fullmatch(rf"bytes ({have}-\d+/\d+|\*/{have})", response.headers.get("Content-Range", ""))
        if begun is None or not follows or differences(remote, begun):
            if response.status_code != 200:
                discard(part)
                raise httpx.RemoteProtocolError(f"status {response.status_code} with the wrong bytes; starting over")
            if have:
                why = (
                    "the file has changed" if begun and differences(remote, begun) else "the transfer can't be resumed"
                )
                report(Progress(0, remote.size_bytes, f"{why}; starting over"))
            begun, have = remote, 0
        for got, expected in differences(remote, source):
            raise DownloadError(source.url, got=got, expected=expected, remedy=_REPLACED)
        remote = replace(remote, size_bytes=remote.size_bytes or begun.size_bytes or source.size_bytes)
        check_room(part.parent, (remote.size_bytes or 0) - have)
        if not have:
            discard(part)
            write_receipt(receipt, remote)  # Only now, when the bytes of the former receipt are gone.
        if response.status_code != 416:
            _append(response, part, have, remote, report)
    if not (_is_complete(part, begun, remote, response) or source.sha256):
        report(Progress(_size(part), None, "the server does not say whether the file is complete"))
    return remote


def _append(
    response: httpx.Response, part: Path, have: int, remote: Source, report: Callable[[Progress], None]
) -> None:
    """Append what comes to `part`, which has `have` bytes, until it is more than was announced."""
    with part.open("ab") as file:
        for block in response.iter_raw():
            if not have and _is_page(response, block):
                discard(part)
                raise DownloadError(remote.url, got="a web page, as for a login", expected="the file", remedy=BY_HAND)
            have += file.write(block)
            report(Progress(have, remote.size_bytes))
            if have > (remote.size_bytes or have):
                return


def _is_complete(part: Path, begun: Source, remote: Source, response: httpx.Response) -> bool:
    """Return whether a file is known to be complete; raise an error if it is known not to be."""
    if _size(part) < (remote.size_bytes or 1):
        raise httpx.RemoteProtocolError("only a part of the file" if _size(part) else "an empty answer")
    if begun.size_bytes is not None or "Transfer-Encoding" in response.headers:
        return True
    try:
        return check_packed(part) or remote.size_bytes is not None
    except DataError as error:
        if remote.size_bytes is None:
            raise httpx.RemoteProtocolError(error.got) from error
        discard(part)
        raise httpx.RemoteProtocolError(f"{error.got}; starting over") from error


def _is_page(response: httpx.Response, start: bytes) -> bool:
    """Return whether a page of a web site comes in place of the file."""
    is_html = start.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))
    return is_html or response.headers.get("Content-Type", "").startswith("text/html")


def _described(url: str, response: httpx.Response) -> Source:
    """Return what the headers say about the whole file, even if the response is a part of it."""
    tag, length = response.headers.get("ETag", "W/"), response.headers.get("Content-Length", "")
    size = response.headers.get("Content-Range", length).rpartition("/")[2]
    validator = response.headers.get("Last-Modified") if tag.startswith("W/") else tag
    return Source(url, int(size) if re.fullmatch(r"\d{1,18}", size) else None, validator=validator)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0

"""A file that is fetched again and again."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from seqrec.datasets.sources import Source
from seqrec.errors import DownloadError
from storage.download import Fetched, Progress, RetryPolicy, fetch, open_client
from tests.storage.download.file_server import Fault, FileServer

PATH = "/data/dump.gz"
BODY = bytes(range(256)) * 2000
CUT = len(BODY) // 3
SHA256 = hashlib.sha256(BODY).hexdigest()
HASTY = RetryPolicy(tries=3, wait_s=0.0)


def source_of(server: FileServer, **known: int | str) -> Source:
    """The file, with what is known of it beforehand."""
    return Source(server.url + PATH, **known)


def get(
    source: Source,
    folder: Path,
    tell: Callable[[Progress], None] = lambda _: None,
    patience: RetryPolicy = HASTY,
    timeout_s: float = 30.0,
) -> Fetched:
    """Fetch a file as the command line does, with less patience."""
    with open_client(timeout_s) as client:
        return fetch(client, source, folder, tell, patience)


def visible(folder: Path) -> dict[str, bytes]:
    """Content of the files that a person sees."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def begin(server: FileServer, folder: Path) -> None:
    """A transfer that was given up after `CUT` bytes."""
    server.faults = [Fault(cut_after=CUT)]
    with pytest.raises(DownloadError):
        get(source_of(server), folder, patience=RetryPolicy(tries=1))
    assert visible(folder) == {"dump.gz.part": BODY[:CUT]}
    server.asked.clear()


def refusal(server: FileServer, folder: Path, patience: RetryPolicy = HASTY, timeout_s: float = 30.0) -> DownloadError:
    """The error that fetching ends with, which is about the address; nothing stands under the final name."""
    with pytest.raises(DownloadError) as caught:
        get(source_of(server), folder, patience=patience, timeout_s=timeout_s)
    assert caught.value.subject == source_of(server).url
    assert not (folder / "dump.gz").exists()
    return caught.value

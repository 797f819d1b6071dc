"""A file that is fetched again and again."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from seqrec.datasets.sources import Source
from seqrec.errors import DownloadError
from storage.download import Fetched, Progress, fetch, http, open_client
from tests.storage.download.file_server import Fault, FileServer

PATH = "/data/dump.gz"
BODY = bytes(range(256)) * 2000
CUT = len(BODY) // 3
SHA256 = hashlib.sha256(BODY).hexdigest()
TRIES = 3


def source_of(server: FileServer, **known: int | str) -> Source:
    """Return the source of the file, with the facts that are known beforehand."""
    return Source(server.url + PATH, **known)


def get(
    source: Source,
    folder: Path,
    report: Callable[[Progress], None] = lambda _: None,
    *,
    tries: int = TRIES,
    wait_s: float = 0.0,
    timeout_s: float = 30.0,
) -> Fetched:
    """Fetch a file as the command line does, but with shorter waits."""
    with pytest.MonkeyPatch.context() as patch, open_client() as client:
        patch.setattr(http, "TRIES", tries)
        patch.setattr(http, "WAIT_S", wait_s)
        client.timeout = timeout_s
        return fetch(client, source, folder, report)


def visible(folder: Path) -> dict[str, bytes]:
    """Return the contents of the files that are not hidden."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def begin(server: FileServer, folder: Path) -> None:
    """Leave a transfer that stopped after `CUT` bytes."""
    server.faults = [Fault(cut_after=CUT)]
    with pytest.raises(DownloadError):
        get(source_of(server), folder, tries=1)
    assert visible(folder) == {"dump.gz.part": BODY[:CUT]}
    server.requests.clear()


def refusal(server: FileServer, folder: Path, **patience: float) -> DownloadError:
    """Return the error of a fetch, whose subject is the address; no file has the final name."""
    with pytest.raises(DownloadError) as caught:
        get(source_of(server), folder, **patience)
    assert caught.value.subject == source_of(server).url
    assert not (folder / "dump.gz").exists()
    return caught.value

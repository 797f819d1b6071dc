"""Which errors are retried, after which waits, and for how long."""

from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace

import pytest

from storage.download import Progress
from tests.storage.download.fetching import BODY, get, refusal, source_of, visible
from tests.storage.download.file_server import Fault, FileServer


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the waits, which take no time."""
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waits.append))
    return waits


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_waited_for(server: FileServer, tmp_path: Path, status: int) -> None:
    server.faults = [Fault(status), Fault(status)]
    reports: list[Progress] = []
    get(source_of(server), tmp_path, report=reports.append)
    assert visible(tmp_path) == {"dump.gz": BODY}
    notes = [progress.note for progress in reports if progress.note]
    assert len(notes) == 2
    assert str(status) in notes[0]


def test_waits_grow_and_end(server: FileServer, tmp_path: Path, waits: list[float]) -> None:
    server.faults = [Fault(500)] * 9
    error = refusal(server, tmp_path, tries=5, wait_s=1.5)
    assert waits == [1.5, 3.0, 6.0, 12.0]
    assert "500" in error.got
    assert "SEQREC_MIRROR" in error.remedy


def test_the_server_may_say_how_long_to_wait(server: FileServer, tmp_path: Path, waits: list[float]) -> None:
    server.faults = [
        Fault(429, {"Retry-After": "7"}),
        Fault(503, {"Retry-After": formatdate(0, usegmt=True)}),
        Fault(503, {"Retry-After": "soon"}),
        Fault(503, {"Retry-After": "Thu, 01 Jan 99999999999999 00:00:00 GMT"}),
    ]
    get(source_of(server), tmp_path, tries=5, wait_s=1.0)
    assert waits == [7.0, 0.0, 4.0, 8.0]


def test_but_not_for_too_long(server: FileServer, tmp_path: Path, waits: list[float]) -> None:
    server.faults = [Fault(429, {"Retry-After": "3600"})]
    assert "Retry-After: 3600" in refusal(server, tmp_path).got
    assert waits == []


def test_bytes_that_come_are_no_failure(server: FileServer, tmp_path: Path) -> None:
    server.faults = [Fault(cut_after=1000)] * 8
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert len(server.requests) == 9

"""Interrupted transfers resume, and never mix two files."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.datasets.sources import Source
from seqrec.errors import DownloadError, StorageError
from storage.download import Progress
from tests.processes import environment, until
from tests.storage.download.fetching import BODY, CUT, begin, get, source_of, visible
from tests.storage.download.file_server import Fault, FileServer, serve


@pytest.mark.parametrize("lengths", [True, False], ids=["sized", "chunked"])
def test_a_cut_connection_is_resumed(server: FileServer, tmp_path: Path, lengths: bool) -> None:
    server.lengths = lengths
    server.faults = [Fault(cut_after=CUT)]
    reports: list[Progress] = []
    get(source_of(server), tmp_path, report=reports.append)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requested_ranges == [None, f"bytes={CUT}-"]
    assert server.requests[1][2]["if-range"] == '"one"'
    assert [progress.done_bytes for progress in reports if progress.note] == [CUT]


def test_a_given_up_transfer_is_resumed_in_the_next_call(server: FileServer, tmp_path: Path) -> None:
    begin(server, tmp_path)
    fetched = get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert fetched.fresh
    assert server.requested_ranges == [f"bytes={CUT}-"]


def test_a_killed_transfer_is_resumed(server: FileServer, tmp_path: Path) -> None:
    server.faults = [Fault(hang_after=CUT)]
    part = tmp_path / "dump.gz.part"
    code = (
        "import sys; from pathlib import Path; from seqrec.datasets.sources import Source; "
        "from tests.storage.download.fetching import get; get(Source(sys.argv[1]), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, source_of(server).url, str(tmp_path)]
    with subprocess.Popen(command, env=environment(PYTHONPATH=Path.cwd())) as process:
        until(lambda: part.exists() and part.stat().st_size > CUT // 2, process)
        process.kill()
    assert visible(tmp_path).keys() == {"dump.gz.part"}
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requested_ranges[0] is None
    assert int((server.requested_ranges[1] or "").strip("bytes=-")) > CUT // 2


def test_an_interrupted_transfer_is_resumed(server: FileServer, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done_bytes > CUT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(source_of(server), tmp_path, report=interrupt)
    (name, begun), *more = visible(tmp_path).items()
    assert (name, more) == ("dump.gz.part", [])
    assert BODY.startswith(begun)
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requested_ranges == [None, f"bytes={len(begun)}-"]


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 300), max_size=6), ranges=st.booleans(), lengths=st.booleans())
def test_no_series_of_cuts_changes_a_byte(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], ranges: bool, lengths: bool
) -> None:
    folder = tmp_path_factory.mktemp("cuts")
    body = BODY[:256]
    faults = [Fault(cut_after=cut) for cut in cuts]
    with serve(FileServer({"/dump.gz": body}, ranges=ranges, lengths=lengths, faults=faults)) as server:
        get(Source(f"{server.url}/dump.gz"), folder, tries=len(cuts) + 1)
    assert visible(folder) == {"dump.gz": body}


def test_a_rest_that_breaks_off_is_resumed_if_no_length_is_sent(server: FileServer, tmp_path: Path) -> None:
    begin(server, tmp_path)
    server.framed, server.faults = False, [Fault(cut_after=10)]
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requested_ranges == [f"bytes={CUT}-", f"bytes={CUT + 10}-"]


def test_a_file_that_has_changed_starts_over(server: FileServer, tmp_path: Path) -> None:
    begin(server, tmp_path)
    server.files["/data/dump.gz"], server.validators = BODY[::-1], {"ETag": '"two"'}
    reports: list[Progress] = []
    get(source_of(server), tmp_path, report=reports.append)
    assert visible(tmp_path) == {"dump.gz": BODY[::-1]}
    assert reports[0] == Progress(0, len(BODY), "the file has changed; starting over")


def test_a_server_without_ranges_starts_over(server: FileServer, tmp_path: Path) -> None:
    begin(server, tmp_path)
    server.ranges = False
    reports: list[Progress] = []
    get(source_of(server), tmp_path, report=reports.append)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert reports[0] == Progress(0, len(BODY), "the transfer can't be resumed; starting over")


@pytest.mark.parametrize(
    ("validators", "condition"),
    [
        ({"Last-Modified": "Tue, 01 Jul 2014 00:00:00 GMT"}, "Tue, 01 Jul 2014 00:00:00 GMT"),
        ({"ETag": 'W/"one"', "Last-Modified": "Tue, 01 Jul 2014 00:00:00 GMT"}, "Tue, 01 Jul 2014 00:00:00 GMT"),
        ({"ETag": 'W/"one"'}, None),
        ({}, None),
    ],
    ids=["date", "weak tag and date", "weak tag", "nothing"],
)
def test_only_a_sure_sign_of_the_same_file_lets_it_go_on(
    server: FileServer, tmp_path: Path, validators: dict[str, str], condition: str | None
) -> None:
    server.validators = validators
    begin(server, tmp_path)
    reports: list[Progress] = []
    get(source_of(server), tmp_path, report=reports.append)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requests[0][2].get("if-range") == condition
    assert server.requested_ranges == [condition and f"bytes={CUT}-"]
    assert (reports[0].note is None) == (condition is not None)


def test_a_transfer_that_was_cut_at_its_very_end(server: FileServer, tmp_path: Path) -> None:
    server.lengths = False
    server.faults = [Fault(cut_after=len(BODY))]
    reports: list[Progress] = []
    get(source_of(server), tmp_path, report=reports.append)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requested_ranges == [None, f"bytes={len(BODY)}-"]
    assert max(progress.done_bytes for progress in reports) == len(BODY)


def test_a_part_that_is_longer_than_the_file_is_dropped(server: FileServer, tmp_path: Path) -> None:
    begin(server, tmp_path)
    (tmp_path / "dump.gz.part").write_bytes(BODY + b"more")
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}


@pytest.mark.parametrize(
    "said",
    [
        {"Content-Range": f"bytes 0-{len(BODY) - 1}/{len(BODY)}"},
        {"Content-Range": f"bytes {CUT}-{len(BODY) - 1}/{len(BODY) + 1}"},
        {"Content-Range": f"bytes {CUT}-{len(BODY) - 1}/*"},
        {"Content-Range": "some"},
        {"ETag": '"two"'},
    ],
    ids=["other start", "other size", "unknown size", "no range", "other file"],
)
def test_other_bytes_than_those_requested_are_not_taken(
    server: FileServer, tmp_path: Path, said: dict[str, str]
) -> None:
    begin(server, tmp_path)
    server.faults = [Fault(headers=said)]
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requested_ranges == [f"bytes={CUT}-", None]


def test_a_part_without_a_readable_receipt_is_not_trusted(server: FileServer, tmp_path: Path) -> None:
    begin(server, tmp_path)
    (tmp_path / ".dump.gz.receipt.json").write_text('{"url": 1}')
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requested_ranges == [None]


def test_a_part_from_another_address_is_not_trusted(server: FileServer, tmp_path: Path) -> None:
    begin(server, tmp_path)
    server.files["/other/dump.gz"] = BODY[::-1]
    get(Source(f"{server.url}/other/dump.gz"), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY[::-1]}


def test_what_came_whole_needs_no_server(server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("storage.download.download.publish", crash)
        with pytest.raises(ZeroDivisionError):
            get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz.part": BODY}
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert len(server.requests) == 1


def test_a_file_of_another_size_is_not_downloaded(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="512,000 bytes; expected 12 bytes") as caught:
        get(source_of(server, size_bytes=12), tmp_path)
    assert caught.value.subject == source_of(server).url
    assert visible(tmp_path) == {}


def test_a_full_disk_is_seen_before(server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(BODY) - 1))
    with pytest.raises(StorageError, match="512,000 bytes") as caught:
        get(source_of(server), tmp_path)
    assert caught.value.subject == str(tmp_path)
    assert "--data" in caught.value.remedy
    assert visible(tmp_path) == {}


def test_only_the_rest_needs_room(server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(server, tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(BODY) - CUT))
    assert get(source_of(server), tmp_path).fresh


def test_a_rest_that_is_longer_than_the_announced_file_is_not_taken(server: FileServer, tmp_path: Path) -> None:
    begin(server, tmp_path)
    server.lengths = False
    server.files["/data/dump.gz"] = BODY + bytes(1 << 20)
    server.faults = [Fault(headers={"Content-Range": f"bytes {CUT}-{len(BODY) - 1}/{len(BODY)}"})]
    told: list[Progress] = []
    with pytest.raises(DownloadError, match="expected 512,000 bytes"):
        get(source_of(server), tmp_path, report=told.append)
    assert told[-1].done_bytes < len(BODY) + (1 << 19)
    assert visible(tmp_path) == {}

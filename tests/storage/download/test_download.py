"""A file has its final name only if it is complete and checked."""

import gzip
from pathlib import Path

import pytest
from filelock import FileLock

from seqrec.datasets.sources import Source
from seqrec.errors import DownloadError, StorageError
from storage.download import Fetched, Progress
from tests.storage.download.fetching import BODY, CUT, PATH, SHA256, TRIES, get, refusal, source_of, visible
from tests.storage.download.file_server import Fault, FileServer


def test_a_file_comes_whole(server: FileServer, tmp_path: Path) -> None:
    reports: list[Progress] = []
    folder = tmp_path / "new" / "folder"
    assert get(source_of(server), folder, report=reports.append) == Fetched(len(BODY), SHA256, fresh=True)
    assert (folder / "dump.gz").read_bytes() == BODY
    assert {path.name for path in folder.iterdir()} == {"dump.gz", ".dump.gz.receipt.json"}
    assert reports[-1] == Progress(len(BODY), len(BODY))
    assert [progress.done_bytes for progress in reports] == sorted(progress.done_bytes for progress in reports)


def test_a_file_that_is_here_is_not_fetched_again(server: FileServer, tmp_path: Path) -> None:
    get(source_of(server), tmp_path)
    server.requests.clear()
    assert get(source_of(server), tmp_path) == Fetched(len(BODY), SHA256, fresh=False)
    assert server.requests == []


def test_a_file_of_another_address_is_no_answer(server: FileServer, tmp_path: Path) -> None:
    server.files["/other/dump.gz"] = b"another dump of the same name"
    get(source_of(server), tmp_path)
    with pytest.raises(DownloadError, match="29 bytes") as caught:
        get(Source(f"{server.url}/other/dump.gz"), tmp_path)
    assert caught.value.subject == str(tmp_path / "dump.gz")
    assert visible(tmp_path) == {"dump.gz": BODY}


def test_more_bytes_than_the_known_size_are_not_taken(server: FileServer, tmp_path: Path) -> None:
    server.lengths = False
    told: list[Progress] = []
    with pytest.raises(DownloadError, match="expected 12 bytes"):
        get(source_of(server, size_bytes=12), tmp_path, report=told.append)
    assert len(told) == 1, "the transfer stops with the first block that is too much"
    assert told[0].done_bytes < len(BODY)
    assert visible(tmp_path) == {}


def test_a_file_of_another_digest_is_not_kept(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=SHA256) as caught:
        get(source_of(server, sha256="0" * 64), tmp_path)
    assert caught.value.subject == source_of(server).url
    assert caught.value.expected == f"sha256 {'0' * 64}"
    assert visible(tmp_path) == {}
    assert get(source_of(server, size_bytes=len(BODY), sha256=SHA256), tmp_path).fresh


def test_a_folder_that_is_none(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        get(source_of(server), tmp_path / "file")
    assert caught.value.subject == str(tmp_path / "file")
    assert "--data" in caught.value.remedy


def test_a_file_put_there_by_hand_is_compared_and_left(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "dump.gz").write_bytes(BODY)
    assert not get(source_of(server), tmp_path).fresh
    assert [method for method, _, _ in server.requests] == ["HEAD"]
    assert not get(source_of(server), tmp_path).fresh
    assert len(server.requests) == 1


PACKED = gzip.compress(BODY)


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "whole files only"])
def test_gzip_that_ends_too_early_is_resumed_if_no_length_is_sent(
    server: FileServer, tmp_path: Path, ranges: bool
) -> None:
    server.files, server.framed, server.ranges = {PATH: PACKED}, False, ranges
    server.faults = [Fault(cut_after=len(PACKED) - 4)]
    assert get(source_of(server), tmp_path).fresh
    assert visible(tmp_path) == {"dump.gz": PACKED}
    assert len(server.requests) == 2


def test_gzip_that_always_ends_too_early_is_refused(server: FileServer, tmp_path: Path) -> None:
    server.files, server.framed, server.validators = {PATH: PACKED}, False, {}
    server.faults = [Fault(cut_after=len(PACKED) // 2)] * TRIES
    assert "a gzip stream that breaks off" in refusal(server, tmp_path).got


def test_gzip_that_the_server_itself_has_no_more_of_is_refused(server: FileServer, tmp_path: Path) -> None:
    server.files, server.framed = {PATH: PACKED[:-4]}, False
    assert "a gzip stream that breaks off" in refusal(server, tmp_path).got
    assert server.requested_ranges == [None, f"bytes={len(PACKED) - 4}-", None]


def test_gzip_that_was_damaged_on_the_way_comes_again(server: FileServer, tmp_path: Path) -> None:
    server.files, server.framed = {PATH: PACKED[:-4] + bytes(4)}, False
    reports: list[Progress] = []

    def correct(progress: Progress) -> None:
        reports.append(progress)
        if progress.note and "starting over" in progress.note:
            server.files = {PATH: PACKED}

    get(source_of(server), tmp_path, report=correct)
    assert visible(tmp_path) == {"dump.gz": PACKED}


@pytest.mark.parametrize(("body", "n_notes"), [(PACKED, 0), (BODY, 1)], ids=["gzip", "plain"])
def test_a_note_says_if_nothing_shows_whether_a_file_is_complete(
    server: FileServer, tmp_path: Path, body: bytes, n_notes: int
) -> None:
    server.files, server.framed = {PATH: body}, False
    reports: list[Progress] = []
    get(source_of(server), tmp_path, report=reports.append)
    assert visible(tmp_path) == {"dump.gz": body}
    assert [one.note for one in reports if one.note] == [
        "the server does not say whether the file is complete"
    ] * n_notes


@pytest.mark.parametrize("known", [{}, {"sha256": SHA256}], ids=["size", "digest"])
def test_half_a_file_put_there_by_hand_is_named_and_left(
    server: FileServer, tmp_path: Path, known: dict[str, str]
) -> None:
    (tmp_path / "dump.gz").write_bytes(BODY[:CUT])
    with pytest.raises(DownloadError, match="expected 512,000 bytes") as caught:
        get(source_of(server, **known), tmp_path)
    assert caught.value.subject == str(tmp_path / "dump.gz")
    assert "Move it away" in caught.value.remedy
    assert visible(tmp_path) == {"dump.gz": BODY[:CUT]}


def test_a_file_that_was_changed_since_is_named_and_left(server: FileServer, tmp_path: Path) -> None:
    get(source_of(server), tmp_path)
    (tmp_path / "dump.gz").write_bytes(BODY[::-1])
    with pytest.raises(DownloadError, match=f"expected sha256 {SHA256}") as caught:
        get(source_of(server), tmp_path)
    assert caught.value.subject == str(tmp_path / "dump.gz")
    assert visible(tmp_path) == {"dump.gz": BODY[::-1]}


def test_two_at_once_do_not_mix(server: FileServer, tmp_path: Path) -> None:
    with FileLock(tmp_path / ".dump.gz.lock"), pytest.raises(DownloadError, match="another process") as caught:
        get(source_of(server), tmp_path)
    assert caught.value.subject == str(tmp_path / "dump.gz")
    assert server.requests == []

"""`seqrec download` as a person sees it."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.command import Command
from tests.seqrec.datasets.dumps import yelp
from tests.storage.download.file_server import Fault, FileServer, running

FOLDER = "/data/amazon/productGraph/categoryFiles"
FILES = {
    "reviews_Baby_5.json.gz": b'{"reviewerID": "A1", "asin": "B1", "unixReviewTime": 1390000000}\n',
    "meta_Baby.json.gz": b"{'asin': 'B1', 'title': 'A rattle'}\n",
}
BABY = ("amazon_2014", "--set", "category=Baby")


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Start a server with one category, which replaces all other servers."""
    for server in running(monkeypatch):
        server.files = {f"{FOLDER}/{name}": gzip.compress(text) for name, text in FILES.items()}
        monkeypatch.setenv("SEQREC_MIRROR", server.url)
        yield server


def lines(text: str) -> list[list[str]]:
    """Return the words of each line."""
    return [line.split() for line in text.splitlines()]


def test_a_dump_is_fetched_once_and_can_be_read(mirror: FileServer, command: Command, tmp_path: Path) -> None:
    data = tmp_path / "baby"
    first = command("download", *BABY, "--data", data)
    assert (first.code, first.err) == (0, "")
    assert [words[:2] for words in lines(first.out)[:2]] == [["done", name] for name in FILES]
    assert [path for _, path, _ in mirror.requests] == list(mirror.files)
    second = command("download", *BABY, "--data", data)
    assert [words[:2] for words in lines(second.out)[:2]] == [["stored", name] for name in FILES]
    assert [re.findall("sha256 .+", result.out) for result in (first, second)] == [
        re.findall("sha256 .+", first.out)
    ] * 2
    assert len(mirror.requests) == 2
    assert lines(second.out)[-1] == ["next", "seqrec", "ingest", *BABY, "--data", str(data)]
    assert command("ingest", *BABY, "--data", data).code == 0


def test_what_is_out_of_the_ordinary_is_reported(mirror: FileServer, command: Command, tmp_path: Path) -> None:
    mirror.faults = [Fault(503, {"Retry-After": "0"})]
    result = command("download", *BABY, "--data", tmp_path)
    assert result.code == 0
    assert "503" in result.out.splitlines()[0]
    assert lines(result.out)[0][:2] == ["note", "reviews_Baby_5.json.gz"]


def test_a_file_that_is_not_there_is_reported_by_its_address(
    mirror: FileServer, command: Command, tmp_path: Path
) -> None:
    result = command("download", "amazon_2014", "--set", "category=Babies", "--data", tmp_path)
    assert result.code == 2
    assert lines(result.err)[0] == ["error", f"{mirror.url}{FOLDER}/reviews_Babies_5.json.gz"]
    assert "404" in result.err
    assert "category" in result.err
    assert list(tmp_path.iterdir()) == []


def test_files_that_only_a_person_can_fetch(command: Command, tmp_path: Path) -> None:
    result = command("download", "yelp", "--data", tmp_path)
    assert result.code == 2
    assert lines(result.err)[0] == ["error", "https://business.yelp.com/data/resources/open-dataset/"]
    assert "terms" in result.err
    assert f"yelp_academic_dataset_business.json in the folder {tmp_path}" in result.err
    config = yelp.write(tmp_path)
    result = command("download", "yelp", "--data", tmp_path)
    assert result.code == 0
    assert [words[:2] for words in lines(result.out)[:2]] == [["stored", path.name] for path in config.files(tmp_path)]


@pytest.mark.parametrize("dataset", ["demo", "table"])
def test_what_is_not_public_is_not_fetched(command: Command, dataset: str) -> None:
    result = command("download", dataset)
    assert result.code == 2
    assert f"dataset '{dataset}'" in result.err
    assert f"seqrec ingest {dataset}" in result.err


def test_a_mirror_must_be_safe(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEQREC_MIRROR", "http://mirror.example")
    result = command("download", *BABY, "--data", tmp_path)
    assert result.code == 2
    assert lines(result.err)[0] == ["error", f"http://mirror.example{FOLDER}/reviews_Baby_5.json.gz"]
    assert "https" in result.err


@pytest.mark.parametrize("mirror", ["https://ann:s3cret@mirror.example", "https://mirror.example/?token=s3cret"])
def test_a_mirror_holds_no_secrets(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mirror: str
) -> None:
    monkeypatch.setenv("SEQREC_MIRROR", mirror)
    result = command("download", *BABY, "--data", tmp_path)
    assert result.code == 2
    assert "SEQREC_MIRROR" in result.err
    assert "s3cret" not in result.out + result.err

"""The finished runs of an experiment."""

import json
import shutil
from pathlib import Path

import pytest

from seqrec.errors import StorageError
from storage.history import History

PROTOCOLS = ("aaaa0000", "aabb0000", "bbbb0000")


def history_of(root: Path, experiment: str = "tiny") -> History:
    return History(root / "reports", experiment)


def record(root: Path, protocol: str, comparison: str = "c0") -> None:
    page = root / "page.html"
    root.mkdir(exist_ok=True)
    page.write_text(f"<p>{comparison}")
    history_of(root).record(
        protocol=protocol, comparison=comparison, report="r0", command="seqrec run", data=Path(), page=page
    )


def test_runs_come_back_last_first_and_the_page_is_that_of_the_last(tmp_path: Path) -> None:
    for number, protocol in enumerate(PROTOCOLS):
        record(tmp_path, protocol, f"c{number}")
    runs = history_of(tmp_path).runs()
    assert [run.comparison for run in runs] == ["c2", "c1", "c0"]
    assert [run.protocol for run in runs] == list(reversed(PROTOCOLS))
    assert history_of(tmp_path).last() == runs[0]
    assert history_of(tmp_path).page.read_text() == "<p>c2"


def test_runs_are_numbered_from_the_first_one(tmp_path: Path) -> None:
    for number in range(3):
        record(tmp_path, PROTOCOLS[0], f"c{number}")
    history = history_of(tmp_path)
    assert {number: run.comparison for number, run in history.numbered().items()} == {3: "c2", 2: "c1", 1: "c0"}
    assert history.run(1).comparison == "c0"
    record(tmp_path, PROTOCOLS[0], "c3")
    assert (history.run(1).comparison, history.run(4).comparison) == ("c0", "c3")


@pytest.mark.parametrize("number", [0, 2])
def test_a_number_that_no_run_has(tmp_path: Path, number: int) -> None:
    record(tmp_path, PROTOCOLS[0])
    with pytest.raises(StorageError, match=f"no run {number}") as caught:
        history_of(tmp_path).run(number)
    assert "seqrec history tiny" in caught.value.remedy


def test_another_protocol_replaces_nothing(tmp_path: Path) -> None:
    record(tmp_path, PROTOCOLS[0], "old")
    record(tmp_path, PROTOCOLS[0], "new")
    record(tmp_path, PROTOCOLS[2], "other")
    assert history_of(tmp_path).last("aaaa").comparison == "new"
    assert history_of(tmp_path).last("bbbb0000").comparison == "other"


@pytest.mark.parametrize(("protocol", "got"), [("c", "no protocol"), ("aa", "several protocols")])
def test_a_protocol_that_is_not_one_of_them(tmp_path: Path, protocol: str, got: str) -> None:
    for one in PROTOCOLS:
        record(tmp_path, one)
    with pytest.raises(StorageError, match=got) as caught:
        history_of(tmp_path).last(protocol)
    assert "seqrec history tiny" in caught.value.remedy


def test_a_data_root_may_move(tmp_path: Path) -> None:
    record(tmp_path / "old", PROTOCOLS[0])
    shutil.move(tmp_path / "old", tmp_path / "new")
    assert history_of(tmp_path / "new").last().protocol == PROTOCOLS[0]
    assert history_of(tmp_path / "new").page.exists()


def test_an_experiment_that_never_ran(tmp_path: Path) -> None:
    record(tmp_path, PROTOCOLS[0])
    with pytest.raises(StorageError, match="have been run there: tiny") as caught:
        history_of(tmp_path, "tinny").runs()
    assert str(tmp_path) in caught.value.got
    assert caught.value.remedy.startswith("Run it first: seqrec run tinny.")


@pytest.mark.parametrize("damage", ["{", "{}", "[]", json.dumps({"finished_at": "2026"})])
def test_a_damaged_record_is_named(tmp_path: Path, damage: str) -> None:
    record(tmp_path, PROTOCOLS[0])
    (file,) = (tmp_path / "reports" / "tiny" / "runs").iterdir()
    file.write_text(damage)
    with pytest.raises(StorageError) as caught:
        history_of(tmp_path).runs()
    assert caught.value.subject == str(file)
    assert caught.value.remedy.startswith("Move this file away.")

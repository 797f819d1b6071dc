"""The last run of an experiment."""

import shutil
from pathlib import Path

import pytest

from seqrec.errors import StorageError
from storage.last_run import read_last_run, write_last_run


def write(root: Path) -> None:
    (root / "store" / "comparison").mkdir(parents=True)
    page = root / "store" / "page.html"
    page.write_text("<p>")
    write_last_run(root / "reports", "tiny", root / "store" / "comparison", page)


def test_comes_back(tmp_path: Path) -> None:
    write(tmp_path)
    latest = read_last_run(tmp_path / "reports", "tiny")
    assert latest.comparison == tmp_path / "store" / "comparison"
    assert latest.report == tmp_path / "reports" / "tiny" / "report.html"
    assert latest.report.read_text() == "<p>"


def test_a_data_root_may_move(tmp_path: Path) -> None:
    write(tmp_path / "old")
    shutil.move(tmp_path / "old", tmp_path / "new")
    latest = read_last_run(tmp_path / "new" / "reports", "tiny")
    assert latest.comparison == tmp_path / "new" / "store" / "comparison"
    assert latest.report.exists()


def test_an_experiment_that_never_ran(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(StorageError, match="have been run there: tiny") as caught:
        read_last_run(tmp_path / "reports", "tinny")
    assert caught.value.got == f"no finished run in the data root {tmp_path}"
    assert caught.value.remedy.startswith("Run it first: seqrec run tinny. ")
    assert "SEQREC_DATA_ROOT" in caught.value.remedy

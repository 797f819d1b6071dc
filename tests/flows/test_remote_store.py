"""Workers that share no file system: data roots of their own, and one remote store."""

from pathlib import Path

import pytest

from flows.benchmark import benchmark
from seqrec.errors import ConfigError
from storage.files import read_comparison
from storage.manifest import MANIFEST
from storage.object_store import PROBE
from storage.refs import ModelRef
from storage.remote_store import REST_S, remote_store
from storage.settings import Settings
from storage.store import Store
from tests.flows.conftest import Finished
from tests.flows.tiny import SMALL, write_tiny
from tests.read_only import read_only


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the remote store of this test."""
    (tmp_path / "shared").mkdir()
    monkeypatch.setenv("SEQREC_REMOTE_STORE", f"file://{tmp_path}/shared")
    return tmp_path / "shared"


def test_what_another_worker_made_is_not_made_again(finished: Finished, shared: Path) -> None:
    remote = remote_store(Settings().remote_store)
    assert remote is not None
    theirs = {one.key: one for one in Store(finished.settings.store_dir).artifacts() if one.files}
    for one in theirs.values():
        remote.keep(one.kind, one.key, one.path, print)

    outcome = benchmark(finished.experiment)
    assert outcome.comparison.key == finished.outcome.comparison.key
    assert not outcome.failures
    ours = {one.key: one for one in Store(Settings().store_dir).artifacts() if one.files}
    # A report says when and where it was run.
    assert {one.kind for one in ours.values() if one.key not in theirs} <= {"report"}
    fetched = [one for one in ours.values() if one.key in theirs]
    assert ModelRef.kind in {one.kind for one in fetched}
    for one in fetched:
        assert (one.path / MANIFEST).read_bytes() == (theirs[one.key].path / MANIFEST).read_bytes()
    assert list(Settings().work_dir.glob("*/[0-9]*")) == []
    # The run is recorded here as well.
    assert Path(outcome.report.uri).is_relative_to(Settings().reports_dir)


def test_a_run_ends_well_although_uploads_fail(
    prefect_server: None, shared: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    remote = remote_store(Settings().remote_store)
    assert remote is not None
    remote.check()
    with read_only(shared):
        outcome = benchmark(str(write_tiny(tmp_path, "small.toml", SMALL)))
    assert not outcome.failures
    assert read_comparison(Path(outcome.comparison.uri)).table.rows
    warnings = [record.getMessage() for record in caplog.records if "could not be uploaded" in record.getMessage()]
    assert f"left alone for {REST_S:.0f} s" in warnings[0]
    assert {path.name for path in shared.iterdir()} == {PROBE}


def test_a_worker_without_its_remote_store_does_not_begin(
    prefect_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQREC_REMOTE_STORE", f"file://{tmp_path}/none")
    with pytest.raises(ConfigError, match="SEQREC_REMOTE_STORE"):
        benchmark(str(write_tiny(tmp_path, "small.toml", SMALL)))
    assert not Settings().store_dir.exists()

"""The audit without a Prefect server: the function of the task on a real store."""

import logging
from functools import partial
from pathlib import Path

import pytest

from seqrec.audit import audit as audit_module
from seqrec.audit.finding import Audit, Finding
from seqrec.errors import DataError
from seqrec.experiment import Experiment
from storage.files import read_audit
from storage.refs import AuditRef, DumpRef, SplitRef
from storage.settings import Settings
from storage.source import digest_of_source
from storage.store import Store
from tasks import audit as audit_task
from tasks.audit import audit
from tasks.ingest import ingest
from tasks.prepare import prepare
from tests.flows.tiny import tiny
from tests.tasks.edited import edited_copy

WRONG = Finding("time", "wrong", "Training knows the answer.", {"n": 1}, "Correct the split.")
TIED = Finding("ties", "note", "Many are tied.", {"share": 0.4})
CLONED = Finding("clones", "warning", "Many are alike.", {"n": 9}, "Look at them.")
FINE = Finding("repeats", "ok", "There are none.", {"share": 0.0})


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    return tiny(tmp_path)


def prepared(experiment: Experiment) -> tuple[DumpRef, SplitRef]:
    dump = ingest.fn(experiment.dataset, Path())
    return dump, prepare.fn(dump, experiment.protocol)


def planted(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    monkeypatch.setattr(audit_module, "audit", lambda *_, **__: Audit(findings))


def announced(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    records = [record for record in caplog.records if str(getattr(record, "step", "")).startswith("audit")]
    return [(record.step, record.state, record.detail) for record in records]


def test_an_experiment_is_audited_once(experiment: Experiment, caplog: pytest.LogCaptureFixture) -> None:
    dump, split = prepared(experiment)
    first = audit.fn(experiment, dump, split)
    findings = read_audit(Path(first.uri)).findings
    assert first.rows == len(findings)
    assert {one.check for one in findings} >= {"time", "ties", "id order", "overlap", "power"}
    # The encoder of the experiment is fitted on texts.
    assert any("The encoder lsa" in one.sentence for one in findings)
    # Whether this logger propagates depends on earlier tests.
    caplog.clear()
    with caplog.at_level(logging.INFO, "seqrec.progress"):
        assert audit.fn(experiment, dump, split) == first
    notable = [one for one in findings if one.verdict != "ok"]
    assert [state for _, state, _ in announced(caplog)] == ["stored"] * (1 + len(notable))
    assert [detail for _, _, detail in announced(caplog)][1:] == [one.sentence for one in notable]


def test_only_what_is_audited_decides(experiment: Experiment, tmp_path: Path) -> None:
    dump, split = prepared(experiment)
    first = audit.fn(experiment, dump, split)
    assert audit.fn(tiny(tmp_path, "models.sasrec.max_len=11"), dump, split) == first
    assert audit.fn(tiny(tmp_path, 'text.template="{title} {brand}"'), dump, split) != first


@pytest.mark.parametrize(
    ("edited", "decides"), [("encoders/lsa", True), ("reducers/identity", True), ("encoders/openai", False)]
)
def test_the_source_of_what_is_fitted_decides_too(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: str, decides: bool
) -> None:
    dump, split = prepared(experiment)
    planted(monkeypatch, FINE)
    keys = set()
    for file in (None, f"text/{edited}.py"):
        copy = edited_copy(tmp_path, file)
        monkeypatch.setattr(audit_task, "source_digest", partial(digest_of_source, copy))
        keys.add(audit.fn(experiment, dump, split).key)
    assert (len(keys) == 2) == decides


def test_notable_findings_are_announced_one_by_one(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    planted(monkeypatch, FINE, TIED, CLONED)
    with caplog.at_level(logging.INFO, "seqrec.progress"):
        ref = audit.fn(experiment, *prepared(experiment))
    assert isinstance(ref, AuditRef)
    assert announced(caplog) == [
        ("audit", "running", "looking for leaks"),
        ("audit", "done", "1 ok, 1 note, 0 by design, 1 warning, 0 wrong"),
        ("audit ties", "done", "Many are tied."),
        ("audit clones", "warned", "Many are alike. Look at them."),
    ]


def test_what_is_wrong_stops_the_experiment_every_time(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    planted(monkeypatch, TIED, WRONG)
    dump, split = prepared(experiment)
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.INFO, "seqrec.progress"), pytest.raises(DataError) as caught:
            audit.fn(experiment, dump, split)
        assert (caught.value.subject, caught.value.remedy) == ("audit: time", "Correct the split.")
        assert announced(caplog)[-1] == ("audit time", "failed", "Training knows the answer.")
    # It stays in the store for inspection.
    (kept,) = Store(Settings().store_dir).artifacts("audit")
    assert read_audit(kept.path).findings == (TIED, WRONG)

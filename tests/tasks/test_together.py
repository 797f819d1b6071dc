"""A network trained by two processes is the one that a single process trains, and an error there is told here."""

import logging
from contextlib import nullcontext
from pathlib import Path

import pytest

from seqrec.errors import TrainingError
from storage.files import read_fit
from storage.refs import ModelRef
from tasks import train as train_task
from tasks.ingest import ingest
from tasks.prepare import prepare
from tasks.tracking import RunRef
from tasks.train import train
from tests.flows.tiny import tiny

UNTRACKED = RunRef("key", "tiny", "parent", {}, complete=True)


@pytest.fixture(autouse=True)
def no_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_task, "concurrency", lambda *_, **__: nullcontext())


def trained(folder: Path, setting: str, root: Path, n_processes: int, monkeypatch: pytest.MonkeyPatch) -> ModelRef:
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(root))
    monkeypatch.setenv("SEQREC_PROCESSES_PER_MODEL", str(n_processes))
    experiment = tiny(folder, setting)
    split = prepare.fn(ingest.fn(experiment.dataset, folder), experiment.protocol)
    return train.fn("sasrec", experiment.models["sasrec"], 0, split, None, UNTRACKED)


def test_two_processes_train_what_one_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    setting = "models.sasrec={name='sasrec', dim=8, dropout=0.0, training={precision='float32', max_epochs=3}}"
    alone = read_fit(Path(trained(tmp_path, setting, tmp_path / "one", 1, monkeypatch).uri))
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="seqrec.progress"):
        together = read_fit(Path(trained(tmp_path, setting, tmp_path / "two", 2, monkeypatch).uri))
    assert [epoch.loss for epoch in together.epochs] == pytest.approx([epoch.loss for epoch in alone.epochs], rel=1e-4)
    for mine, theirs in zip(alone.epochs, together.epochs, strict=True):
        assert theirs.valid == pytest.approx(mine.valid, abs=0.02)
    told = [record.getMessage() for record in caplog.records]
    assert [sum(f"epoch {epoch}, loss" in line for line in told) for epoch in (1, 2, 3)] == [1, 1, 1]


def test_an_error_of_the_processes_is_told_as_one_of_a_single_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = "models.sasrec.training={lr=100.0, weight_decay=1.0, batch_size=4096}"
    errors = []
    for n_processes in (1, 2):
        with pytest.raises(TrainingError) as caught:
            trained(tmp_path, setting, tmp_path / str(n_processes), n_processes, monkeypatch)
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])

"""Two processes train the same network as a single process, and their errors are reported here."""

import logging
import os
import sys
import threading
from pathlib import Path
from subprocess import run

import psutil
import pytest
import torch

from seqrec import stop
from seqrec.errors import ConfigError, TrainingError
from seqrec.models.sasrec import Config
from seqrec.types import Run
from storage.files import read_fit
from storage.models import Given
from storage.refs import IngredientRefs, ModelRef
from storage.settings import Settings
from tasks import torchrun, worker
from tasks.ingest import ingest
from tasks.prepare import prepare
from tasks.resources import Resources
from tasks.torchrun import WORKER
from tasks.train import train
from tasks.training_job import TrainingJob
from tests.flows.tiny import tiny
from tests.tasks.tracked_runs import UNTRACKED


def trained(folder: Path, setting: str, root: Path, n_processes: int, monkeypatch: pytest.MonkeyPatch) -> ModelRef:
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(root))
    monkeypatch.setenv("SEQREC_PROCESSES_PER_MODEL", str(n_processes))
    experiment = tiny(folder, setting)
    split = prepare.fn(ingest.fn(experiment.dataset, folder), experiment.protocol)
    return train.fn("sasrec", experiment.models["sasrec"], 0, split.training, IngredientRefs({}), {}, UNTRACKED)


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
    lines = [record.getMessage() for record in caplog.records]
    assert [sum(f"epoch {epoch}, loss" in line for line in lines) for epoch in (1, 2, 3)] == [1, 1, 1]


def cmdline_of(process: psutil.Process) -> list[str]:
    """Return the command of a process; nothing if it has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_processes_stop_when_they_are_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(stop.withdraw)
    started = threading.Event()
    monkeypatch.setattr(torchrun, "announce", lambda *_: started.set())

    def stop_when_started() -> None:
        started.wait()
        stop.request()

    threading.Thread(target=stop_when_started, daemon=True).start()
    setting = "models.sasrec.training={max_epochs=100000, patience=100000}"
    with pytest.raises(stop.Stopped):
        trained(tmp_path, setting, tmp_path, 2, monkeypatch)
    assert [child for child in psutil.Process().children() if WORKER in cmdline_of(child)] == []


def test_an_error_of_the_processes_is_reported_like_that_of_a_single_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = "models.sasrec.training={lr=100.0, weight_decay=1.0, batch_size=4096}"
    errors = []
    for n_processes in (1, 2):
        with pytest.raises(TrainingError) as caught:
            trained(tmp_path, setting, tmp_path / str(n_processes), n_processes, monkeypatch)
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])


def test_an_error_of_any_process_is_reported_whatever_else_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torchrun, "WORKER", "tests.tasks.uneven")
    # Workers do not look for modules in the working folder.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with pytest.raises(TrainingError) as caught:
        trained(tmp_path, "models.sasrec.dim=8", tmp_path, 2, monkeypatch)
    error = caught.value
    assert (error.subject, error.got, error.expected, error.remedy) == ("the second", "a flaw", "none", "Correct it.")


def test_an_error_before_the_training_is_reported_too(tmp_path: Path) -> None:
    task = tmp_path / "job.json"
    task.write_text(
        TrainingJob(
            step="train",
            model=Config(),
            seed=0,
            training=tmp_path,
            given=Given.of(0, IngredientRefs({}), {}),
            folder=tmp_path,
            checkpoints=tmp_path,
            child=None,
        ).model_dump_json()
    )
    process = run(
        [sys.executable, "-m", "tasks.worker", task],
        env=os.environ | {"SEQREC_DEVICE": "tpu"},
        capture_output=True,
        check=False,
    )
    message = worker.Message.model_validate_json(process.stdout)
    assert process.returncode == 1
    assert message.error is not None
    assert message.error.subject == "SEQREC_DEVICE"


def test_each_process_takes_the_threads_that_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_DEVICE", "cpu")
    monkeypatch.setenv("SEQREC_N_THREADS", "3")
    before = torch.get_num_threads()
    try:
        assert worker.own_run(Resources(Settings()), seed=5) == Run(5, torch.device("cpu"))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("n_gpus", "n_slots", "subject"), [(4, 2, "SEQREC_TRAINING_SLOTS"), (1, 1, "SEQREC_PROCESSES_PER_MODEL")]
)
def test_no_two_processes_share_a_gpu(n_gpus: int, n_slots: int, subject: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: n_gpus)
    with pytest.raises(ConfigError) as caught:
        torchrun.check_gpus(Settings(processes_per_model=2, training_slots=n_slots, device="auto"))
    assert caught.value.subject == subject
    torchrun.check_gpus(Settings(processes_per_model=2, training_slots=n_slots, device="cpu"))


def test_as_many_processes_as_gpus_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    torchrun.check_gpus(Settings(processes_per_model=2, device="auto"))

"""One training by several processes of this machine, each on a GPU of its own, or on a part of the CPU.

PyTorch's `torchrun` brings them together; `tasks.worker` is what each of them does.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

import torch
from pydantic import ValidationError

from seqrec.errors import ConfigError, TrainingError
from seqrec.training.device import resolve_device
from storage.settings import Settings
from tasks.progress import announce
from tasks.training_job import TrainingJob
from tasks.worker import ErrorParts, Told

WORKER = "tasks.worker"

_KEPT_LINES = 5
"""Last lines of what the processes complained about that go into an error."""


def train_with_torchrun(job: TrainingJob, settings: Settings) -> Mapping[str, object]:
    """What `job.run` gives, by as many processes as the settings say.

    Raises:
        ConfigError: This machine has not the GPUs for it.
        TrainingError: The model can't be trained, or a process died.
    """
    check_gpus(settings)
    n_processes = settings.processes_per_model
    with TemporaryDirectory(prefix="seqrec-torchrun-") as temporary:
        task, complaints = Path(temporary, "job.json"), Path(temporary, "stderr")
        task.write_text(job.model_dump_json(), encoding="utf-8")
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={n_processes}"]
        errors: list[ErrorParts] = []
        facts: Mapping[str, object] | None = None
        with (
            complaints.open("w", encoding="utf-8") as stderr,
            Popen([*launch, "-m", WORKER, str(task)], stdout=PIPE, stderr=stderr) as process,  # noqa: S603 - our own
        ):
            assert process.stdout is not None
            for line in process.stdout:
                told = _read(line)
                facts = told.facts or facts
                if told.progress is not None:
                    announce(job.step, "running", told.progress)
                if told.error is not None:
                    errors.append(told.error)
        if errors:
            # Those of other processes tell of the same, or follow from the first.
            raise TrainingError(**errors[0].model_dump())
        if process.returncode != 0 or facts is None:
            last = complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_KEPT_LINES:]
            raise TrainingError(
                job.step,
                got=f"{n_processes} processes, of which one ended with code {process.returncode}: {' | '.join(last)}",
                expected="all of them to end well",
                remedy="Start the run again: it goes on after the last checkpoint. SEQREC_PROCESSES_PER_MODEL=1 trains "
                "in one process.",
            )
    return facts


def check_gpus(settings: Settings) -> None:
    """See that every process has a GPU that no other one trains on; a CPU they share.

    Raises:
        ConfigError: Another one would train there too, or there are too few.
    """
    if resolve_device(settings.device).type == "cpu":
        return
    if settings.training_slots > 1:
        raise ConfigError(
            "SEQREC_TRAINING_SLOTS",
            got=f"{settings.training_slots} models at a time, of {settings.processes_per_model} processes each",
            expected="1 where SEQREC_PROCESSES_PER_MODEL is above 1, for two models would share the same GPUs",
            remedy="Set one of the two to 1; several slots pay for small networks, several processes for large ones.",
        )
    if settings.processes_per_model > torch.cuda.device_count():
        raise ConfigError(
            "SEQREC_PROCESSES_PER_MODEL",
            got=f"{settings.processes_per_model} processes",
            expected=f"no more than there are GPUs, {torch.cuda.device_count()}",
            remedy="Set it to the number of GPUs, or train on the CPU with SEQREC_DEVICE=cpu.",
        )


def _read(line: bytes) -> Told:
    """What a line says; nothing where it is none of ours, such as one of a library that came before the set-up."""
    try:
        return Told.model_validate_json(line)
    except ValidationError:
        return Told()

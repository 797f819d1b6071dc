"""One training by several processes of this machine, each on its own GPU, or on a part of the CPU.

PyTorch's `torchrun` starts the processes, and each of them runs `tasks.worker`. Their standard input is a leash
(`tasks/leash.py`): they stop when this process lets go of it, or dies.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

import torch
from pydantic import ValidationError

from seqrec import stop
from seqrec.errors import ConfigError, TrainingError
from seqrec.training.device import resolve_device
from storage.settings import Settings
from tasks.progress import announce
from tasks.training_job import TrainingJob
from tasks.worker import ErrorParts, Message

WORKER = "tasks.worker"

_KEPT_LINES = 5
"""Last lines of the standard error of the processes that go into an error."""


def train_with_torchrun(job: TrainingJob, settings: Settings) -> Mapping[str, object]:
    """Train with as many processes as the settings say, and return the same facts as `job.run`.

    Raises:
        ConfigError: This machine does not have enough GPUs.
        TrainingError: The model can't be trained, or a process died.
        Stopped: Stopping was requested.
    """
    check_gpus(settings)
    n_processes = settings.processes_per_model
    with TemporaryDirectory(prefix="seqrec-torchrun-") as temporary:
        job_file, stderr_file = Path(temporary, "job.json"), Path(temporary, "stderr")
        job_file.write_text(job.model_dump_json(), encoding="utf-8")
        launcher = ["torch.distributed.run", "--standalone", f"--nproc-per-node={n_processes}"]
        launch = [sys.executable, "-P", "-m", *launcher, "-m", WORKER, str(job_file)]
        errors: list[ErrorParts] = []
        facts: Mapping[str, object] | None = None
        with (
            stderr_file.open("w", encoding="utf-8") as stderr,
            # A session of its own keeps Ctrl-C from it, and `-P` the modules of the working folder.
            Popen(  # noqa: S603 - our own
                launch,
                stdin=PIPE,
                stdout=PIPE,
                stderr=stderr,
                env=os.environ | {"PYTHONSAFEPATH": "1"},
                start_new_session=True,
            ) as process,
            stop.calling(process.stdin.close),  # type: ignore[union-attr]
        ):
            assert process.stdout is not None
            for line in process.stdout:
                message = _read(line)
                facts = message.facts or facts
                if message.progress is not None:
                    announce(job.step, "running", message.progress)
                if message.error is not None:
                    errors.append(message.error)
        stop.check()
        if errors:
            # The errors of other processes are the same, or follow from the first.
            raise TrainingError(**errors[0].model_dump())
        if process.returncode != 0 or facts is None:
            last = stderr_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_KEPT_LINES:]
            raise TrainingError(
                job.step,
                got=f"{n_processes} processes; one ended with code {process.returncode}: {' | '.join(last)}",
                expected="all of them to succeed",
                remedy="Start the run again: it resumes from the last checkpoint. SEQREC_PROCESSES_PER_MODEL=1 trains "
                "in one process.",
            )
    return facts


def check_gpus(settings: Settings) -> None:
    """Check that every process has a GPU of its own; processes may share a CPU.

    Raises:
        ConfigError: Processes would share a GPU, or there are too few GPUs.
    """
    if resolve_device(settings.device).type == "cpu":
        return
    if settings.training_slots > 1:
        raise ConfigError(
            "SEQREC_TRAINING_SLOTS",
            got=f"{settings.training_slots} models at a time, with {settings.processes_per_model} processes each",
            expected="1 if SEQREC_PROCESSES_PER_MODEL is above 1, because two models would share the same GPUs",
            remedy="Set one of them to 1; several slots pay for small networks, several processes for large ones.",
        )
    if settings.processes_per_model > torch.cuda.device_count():
        raise ConfigError(
            "SEQREC_PROCESSES_PER_MODEL",
            got=f"{settings.processes_per_model} processes",
            expected=f"at most the number of GPUs, {torch.cuda.device_count()}",
            remedy="Set it to the number of GPUs, or train on the CPU with SEQREC_DEVICE=cpu.",
        )


def _read(line: bytes) -> Message:
    """Parse a line; a line that is not ours, such as an early one of a library, becomes an empty message."""
    try:
        return Message.model_validate_json(line)
    except ValidationError:
        return Message()

"""One training by several processes of this machine, each on a GPU of its own, or on a part of the CPU.

Here is what starts them (`fit_together`) and what each of them does (`main`). PyTorch's `torchrun` brings them
together. The first tells the starter by lines of JSON on its standard output: progress, and at last the facts of the
training or the error that ended it.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import torch
from torch import distributed

from seqrec.errors import ConfigError, SeqrecError, TrainingError
from seqrec.training.device import resolve_device
from seqrec.training.world import World
from seqrec.types import Run
from tasks.fitting import Fitting
from tasks.progress import LOGGER, announce
from tasks.rooms import open_rooms

_KEPT_LINES = 5
"""Last lines of what the processes complained about that go into an error."""


def fit_together(fitting: Fitting, n_processes: int) -> Mapping[str, object]:
    """What `fitting.run` gives, by so many processes.

    Raises:
        TrainingError: The model can't be trained, or a process died.
    """
    with TemporaryDirectory(prefix="seqrec-together-") as temporary:
        task, complaints = Path(temporary, "fitting.json"), Path(temporary, "stderr")
        task.write_text(fitting.model_dump_json(), encoding="utf-8")
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={n_processes}"]
        told: dict[str, Any] = {}
        with (
            complaints.open("w", encoding="utf-8") as errors,
            Popen([*launch, "-m", __name__, str(task)], stdout=PIPE, stderr=errors, encoding="utf-8") as process,  # noqa: S603 - our own
        ):
            assert process.stdout is not None
            for line in process.stdout:
                told = json.loads(line)
                if "progress" in told:
                    announce(fitting.step, "running", told["progress"])
        if "error" in told:
            raise TrainingError(**told["error"])
        if process.returncode != 0 or "facts" not in told:
            last = complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_KEPT_LINES:]
            raise TrainingError(
                fitting.step,
                got=f"{n_processes} processes, of which one ended with code {process.returncode}: {' | '.join(last)}",
                expected="all of them to end well",
                remedy="Start the run again: it goes on after the last checkpoint. SEQREC_PROCESSES_PER_MODEL=1 trains "
                "in one process.",
            )
    facts: Mapping[str, object] = told["facts"]
    return facts


def main(task: Path) -> None:
    """Be one of the processes."""
    # What libraries print must not stand between the lines that the starter reads.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as starter:
        os.dup2(2, 1)
        fitting, rooms = Fitting.model_validate_json(task.read_text(encoding="utf-8")), open_rooms()
        device = _own_device(rooms.settings.device)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        leads = World.here().rank == 0
        if leads:
            LOGGER.addHandler(_ToStarter(starter))
            LOGGER.setLevel(logging.INFO)
        try:
            told: dict[str, Any] = {"facts": dict(fitting.run(rooms, Run(fitting.seed, device)))}
        except SeqrecError as error:
            told = {
                "error": {
                    "subject": error.subject,
                    "got": error.got,
                    "expected": error.expected,
                    "remedy": error.remedy,
                }
            }
        finally:
            distributed.destroy_process_group()
        if leads:
            print(json.dumps(told), file=starter, flush=True)


def _own_device(name: str) -> torch.device:
    device, rank = resolve_device(name), int(os.environ["LOCAL_RANK"])
    if device.type == "cpu":
        return device
    if rank >= torch.cuda.device_count():
        raise ConfigError(
            "SEQREC_PROCESSES_PER_MODEL",
            got=f"{os.environ['LOCAL_WORLD_SIZE']} processes",
            expected=f"no more than there are GPUs, {torch.cuda.device_count()}",
            remedy="Set it to the number of GPUs, or train on the CPU with SEQREC_DEVICE=cpu.",
        )
    torch.cuda.set_device(rank)
    return torch.device("cuda", rank)


class _ToStarter(logging.Handler):
    """Passes progress on."""

    def __init__(self, starter: TextIO) -> None:
        super().__init__()
        self._starter = starter

    def emit(self, record: logging.LogRecord) -> None:
        print(json.dumps({"progress": record.detail}), file=self._starter, flush=True)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The worker process: several of them train one network together; `tasks.torchrun` starts them.

A worker sends messages to the process that started it, as lines of JSON on its original standard output.
Each line is a single write, so that lines of several processes do not mix.
"""

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import distributed

from seqrec import stop
from seqrec.errors import SeqrecError
from seqrec.training.distributed import ProcessGroup
from seqrec.types import Run
from tasks import leash
from tasks.progress import LOGGER
from tasks.resources import Resources, open_resources
from tasks.training_job import TrainingJob


class ErrorParts(BaseModel):
    """The four parts of a `SeqrecError`."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    subject: str
    got: str
    expected: str
    remedy: str


class Message(BaseModel):
    """A message from a worker to the process that started it, which sets one of the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    progress: str | None = None
    facts: Mapping[str, object] | None = None
    """Facts about the training, once it is done."""
    error: ErrorParts | None = None


def main(task: Path) -> None:
    """Run as one of the workers.

    After an error or a stop it exits at once, because the others may be waiting for it. Otherwise all workers exit
    together, without shutting down the interpreter: threads of the process group have aborted it during shutdown.
    """
    pipe = os.dup(1)
    leash.watch(0, stop.request)
    try:
        # Output of libraries must not mix with the lines in the pipe.
        os.dup2(2, 1)
        facts = _train(task, pipe)
    except SeqrecError as error:
        _send(pipe, Message(error=ErrorParts.model_validate(error)))
        os._exit(1)
    except stop.Stopped:
        os._exit(leash.ABANDONED)
    if ProcessGroup.here().rank == 0:
        _send(pipe, Message(facts=facts))
    distributed.barrier()
    os._exit(0)


def own_run(resources: Resources, seed: int) -> Run:
    """Return the seed and the device for this process, which has a GPU of its own or shares the CPU.

    Raises:
        ConfigError: This machine does not have the device.
    """
    run = resources.run(seed)
    if run.device.type == "cpu":
        return run
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(device)
    return Run(seed, device)


def _train(task: Path, pipe: int) -> Mapping[str, object]:
    job, resources = TrainingJob.model_validate_json(task.read_text(encoding="utf-8")), open_resources()
    run = own_run(resources, job.seed)
    distributed.init_process_group("nccl" if run.device.type == "cuda" else "gloo")
    if ProcessGroup.here().rank == 0:
        LOGGER.addHandler(_ProgressSender(pipe))
        LOGGER.setLevel(logging.INFO)
    return job.run(resources, run)


def _send(pipe: int, message: Message) -> None:
    os.write(pipe, (message.model_dump_json(exclude_none=True) + "\n").encode())


class _ProgressSender(logging.Handler):
    """Sends progress records through the pipe."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        _send(self._pipe, Message(progress=record.detail))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Benchmark of training: expected memory, used memory and speed, each training in its own process.

A training runs two epochs of a few full-length batches, each with a validation and a checkpoint on disk; after that its
memory no longer grows. Two more epochs are timed. The loss `all_logits` is the peer: PyTorch's softmax on the logits of
all positions at once. There is no estimate for it, nor for a GPU, whose memory is tried out.

    python -m benchmarks.memory
    python -m benchmarks.memory --setup sasrec,softmax,1000000,256,200,32 --setup sasrec,all_logits,1000000,256,200,32
"""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer

from benchmarks.measure import heading, markdown, measure
from seqrec.models.base import Ingredients, Recommender
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.neural import NeuralConfig
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.losses import softmax
from seqrec.training.device import resolve_device
from seqrec.training.memory import Peak
from seqrec.types import Cases, EpochReport, Rules, Run, Sequences, Training, Vocabulary
from storage.checkpoints import Checkpoints

MODELS: dict[str, type[NeuralConfig]] = {"sasrec": SASRec, "gru4rec": GRU4Rec, "bert4rec": BERT4Rec}
ALL_LOGITS = "all_logits"
N_BATCHES, N_CASES, K = 2, 256, 20


@dataclass(frozen=True, slots=True)
class Setup:
    """One training to measure; its text form is its fields, separated by commas."""

    model: str
    loss: str
    n_items: int
    dim: int
    max_len: int
    batch_size: int

    @classmethod
    def parse(cls, text: str) -> "Setup":
        """Parse text such as `sasrec,softmax,1000000,256,200,32`."""
        model, loss, *sizes = text.split(",")
        return cls(model, loss, *map(int, sizes))

    def config(self) -> NeuralConfig:
        """Return the configuration of the model."""
        return MODELS[self.model].model_validate(
            {
                "dim": self.dim,
                "max_len": self.max_len,
                "loss": {"name": "softmax" if self.loss == ALL_LOGITS else self.loss},
                "training": {"batch_size": self.batch_size, "max_epochs": 2},
            }
        )


SETUPS = [
    Setup(model, loss, *sizes)
    for loss, all_sizes in {
        "softmax": [
            (3_000, 32, 20, 256),
            (3_000, 64, 200, 128),
            (12_000, 64, 50, 128),
            (12_000, 256, 50, 128),
            (30_000, 128, 100, 128),
            (100_000, 64, 50, 32),
            (100_000, 256, 20, 64),
        ],
        "sampled_softmax": [(3_000, 64, 200, 128), (100_000, 64, 50, 32)],
        "gbce": [(3_000, 64, 200, 128), (100_000, 64, 50, 32)],
    }.items()
    for sizes in all_sizes
    for model in MODELS
]


def train(setup: Setup, device: str) -> tuple[int | None, int, float]:
    """Return the estimated peak of a training in bytes, if any, the measured peak, and the seconds of an epoch."""
    if setup.loss == ALL_LOGITS:
        softmax.linear_cross_entropy = softmax.cross_entropy
    data, run = random_training(setup), Run(0, resolve_device(device))
    model = setup.config().build(data.n_items)
    with TemporaryDirectory() as folder, Peak(run.device) as peak:
        for report in model.fit(data, Ingredients(), run):
            _save(model, report, Path(folder))
    assert peak.n_bytes is not None, "this system does not report the memory of a process"
    expected = model.footprint.total if model.footprint and setup.loss != ALL_LOGITS else None
    return expected, peak.n_bytes, _epoch_s(setup, data, run)


def _save(model: Recommender, report: EpochReport, folder: Path) -> None:
    state = model.checkpoint()
    assert state is not None
    Checkpoints(folder).save(state, [report])


def _epoch_s(setup: Setup, data: Training, run: Run) -> float:
    """Return the time of the second epoch, almost without validation."""
    hardly_validated = replace(data, valid=data.valid.take(np.arange(1)))
    *_, last = setup.config().build(data.n_items).fit(hardly_validated, Ingredients(), run)
    return last.duration_s


def random_training(setup: Setup) -> Training:
    """Return sequences of the model's maximum length, of items drawn uniformly."""
    rng, n = np.random.default_rng(0), N_BATCHES * setup.batch_size
    train, prompts = (_sequences(rng, rows, setup.max_len + 1, setup.n_items) for rows in (n, N_CASES))
    ids = np.array([str(item) for item in range(setup.n_items)], object)
    cases = Cases(prompts, rng.integers(setup.n_items, size=N_CASES, dtype=np.int32), np.zeros(N_CASES, np.int64))
    return Training(
        vocabulary=Vocabulary(ids, np.array([str(user) for user in range(n)], object)),
        fit=train,
        train=train,
        valid=cases,
        rules=Rules(K, candidates=np.ones(setup.n_items, bool)),
    )


def _sequences(rng: np.random.Generator, n: int, length: int, n_items: int) -> Sequences:
    items = rng.integers(n_items, size=n * length, dtype=np.int32)
    offsets = np.arange(n + 1, dtype=np.int64) * length
    return Sequences(offsets, items, np.zeros(len(items), np.int64), np.arange(n, dtype=np.int32))


def main(
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    setup: Annotated[
        list[str] | None,
        typer.Option(help="Model, loss, items, dim, max_len, batch, separated by commas. May be repeated."),
    ] = None,
) -> None:
    """Run each training in turn, and print one row for each."""
    rows = []
    for one in map(Setup.parse, setup) if setup else SETUPS:
        expected, taken, epoch_s = measure(train, one, device).result
        sizes = [f"{one.n_items:,}", str(one.dim), str(one.max_len), str(one.batch_size)]
        rate = N_BATCHES * one.batch_size * one.max_len / epoch_s
        estimated = [f"{expected / 1e6:.0f}", f"{expected / taken:.2f}"] if expected else ["", ""]
        figures = [estimated[0], f"{taken / 1e6:.0f}", estimated[1], f"{rate:,.0f}"]
        rows.append([one.model, one.loss, *sizes, *figures])
    print(heading("Memory of training"))
    sizes = ["items", "dim", "max_len", "batch"]
    print(markdown(["model", "loss", *sizes, "expected MB", "taken MB", "ratio", "sequence positions/s"], rows))


if __name__ == "__main__":
    typer.run(main)

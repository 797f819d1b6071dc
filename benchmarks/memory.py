"""What trainings were expected to take of memory, what they took, and how fast they were: each in its own process.

Two epochs of a few batches of full length, with validation, after which nothing grows any more; then two more that are
timed. The loss `all_logits` is the peer: softmax as PyTorch has it, on the logits of all positions at once.

    python -m benchmarks.memory
    python -m benchmarks.memory --trial sasrec,softmax,1000000,256,200,32 --trial sasrec,all_logits,1000000,256,200,32
"""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import typer

from benchmarks.measure import heading, markdown, measure
from seqrec.models.base import Ingredients
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.neural import NeuralConfig
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.losses import softmax
from seqrec.training.device import resolve_device
from seqrec.training.memory import Peak
from seqrec.types import Cases, Rules, Run, Sequences, Training, Vocabulary

MODELS: dict[str, type[NeuralConfig]] = {"sasrec": SASRec, "gru4rec": GRU4Rec, "bert4rec": BERT4Rec}
ALL_LOGITS = "all_logits"
N_BATCHES, N_CASES, K = 2, 256, 20


@dataclass(frozen=True, slots=True)
class SeedRun:
    """One training to be measured; as text its fields, with commas."""

    model: str
    loss: str
    n_items: int
    dim: int
    max_len: int
    batch_size: int

    @classmethod
    def parse(cls, text: str) -> "SeedRun":
        """Such as `sasrec,softmax,1000000,256,200,32`."""
        model, loss, *sizes = text.split(",")
        return cls(model, loss, *map(int, sizes))

    def config(self) -> NeuralConfig:
        """The model."""
        return MODELS[self.model].model_validate(
            {
                "dim": self.dim,
                "max_len": self.max_len,
                "loss": {"name": "softmax" if self.loss == ALL_LOGITS else self.loss},
                "training": {"batch_size": self.batch_size, "max_epochs": 2},
            }
        )


TRIALS = [
    *(
        SeedRun(model, "softmax", *sizes)
        for sizes in [(12_000, 64, 50, 128), (100_000, 64, 50, 32)]
        for model in MODELS
    ),
    SeedRun("sasrec", "sampled_softmax", 1_000_000, 64, 50, 32),
]


def train(seed_run: SeedRun, device: str) -> tuple[int, int, float]:
    """Bytes at the peak of a training, as its footprint says and as the system does; seconds of an epoch."""
    if seed_run.loss == ALL_LOGITS:
        softmax.linear_cross_entropy = softmax.cross_entropy
    data, run = random_training(seed_run), Run(0, resolve_device(device))
    model = seed_run.config().build(data.n_items)
    with Peak(run.device) as peak:
        for _ in model.fit(data, Ingredients(), run):
            model.checkpoint()
    assert model.footprint is not None
    assert peak.n_bytes is not None, "this system does not say what a process takes"
    return model.footprint.total, peak.n_bytes, _epoch_s(seed_run, data, run)


def _epoch_s(seed_run: SeedRun, data: Training, run: Run) -> float:
    """The second epoch's time, almost without validation."""
    hardly_validated = replace(data, valid=data.valid.take(np.arange(1)))
    *_, last = seed_run.config().build(data.n_items).fit(hardly_validated, Ingredients(), run)
    return last.duration_s


def random_training(seed_run: SeedRun) -> Training:
    """Sequences as long as the model looks at, of items drawn uniformly."""
    rng, n = np.random.default_rng(0), N_BATCHES * seed_run.batch_size
    train, prompts = (_sequences(rng, rows, seed_run.max_len + 1, seed_run.n_items) for rows in (n, N_CASES))
    ids = np.array([str(item) for item in range(seed_run.n_items)], object)
    cases = Cases(prompts, rng.integers(seed_run.n_items, size=N_CASES, dtype=np.int32), np.zeros(N_CASES, np.int64))
    return Training(
        vocabulary=Vocabulary(ids, np.array([str(user) for user in range(n)], object)),
        fit=train,
        train=train,
        valid=cases,
        rules=Rules(K, candidates=np.ones(seed_run.n_items, bool)),
    )


def _sequences(rng: np.random.Generator, n: int, length: int, n_items: int) -> Sequences:
    items = rng.integers(n_items, size=n * length, dtype=np.int32)
    offsets = np.arange(n + 1, dtype=np.int64) * length
    return Sequences(offsets, items, np.zeros(len(items), np.int64), np.arange(n, dtype=np.int32))


def main(
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    seed_run: Annotated[
        list[str] | None, typer.Option(help="Model, loss, items, dim, max_len, batch, with commas; any number of them.")
    ] = None,
) -> None:
    """Trains each in turn, and prints one row for it."""
    rows = []
    for one in map(SeedRun.parse, seed_run) if seed_run else TRIALS:
        expected, taken, epoch_s = measure(train, one, device).result
        sizes = [f"{one.n_items:,}", str(one.dim), str(one.max_len), str(one.batch_size)]
        rate = N_BATCHES * one.batch_size * one.max_len / epoch_s
        figures = [f"{expected / 1e6:.0f}", f"{taken / 1e6:.0f}", f"{expected / taken:.2f}", f"{rate:,.0f}"]
        rows.append([one.model, one.loss, *sizes, *figures])
    print(heading("Memory of training"))
    sizes = ["items", "dim", "max_len", "batch"]
    print(markdown(["model", "loss", *sizes, "expected MB", "taken MB", "ratio", "sequence positions/s"], rows))


if __name__ == "__main__":
    typer.run(main)

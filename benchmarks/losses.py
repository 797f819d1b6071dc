"""Benchmark of losses over the catalogue: time and memory of a step by catalogue size, and quality of a network.

A step is a loss and its gradients with respect to queries, table and bias, from random numbers, on the CPU in its
fastest precision. The peer is PyTorch's `cross_entropy` on all logits. With data, quality is measured with a small
SASRec on Amazon Beauty under the temporal protocol: the best epoch by held-out users, tested on later sessions.

    python -m benchmarks.losses --items 12101 --items 100000 --items 1000000
    python -m benchmarks.losses --data FOLDER_OF_THE_DUMP --epochs 15
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import psutil
import torch
import typer
from torch import Tensor, nn

from benchmarks.measure import heading, markdown, measure
from benchmarks.sequences import read
from flows.experiments import experiment_of
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.metrics import evaluate
from seqrec.evaluation.ranking import rank
from seqrec.models.base import Ingredients
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.losses.base import LossConfig
from seqrec.nn.losses.gbce import Config as Gbce
from seqrec.nn.losses.sampled_softmax import Config as SampledSoftmax
from seqrec.nn.losses.softmax import Config as Softmax
from seqrec.nn.losses.softmax import cross_entropy
from seqrec.preparation.prepare import prepare
from seqrec.training.config import TrainingConfig
from seqrec.training.device import resolve_precision
from seqrec.types import Run, Split

PEER = "peer: PyTorch on all logits"
PEER_COPIES = 4
"""Number of float32 tensors of the size of the logits that the peer needs at a time, with some room."""
LOSSES: dict[str, LossConfig] = {
    "softmax": Softmax(),
    "sampled_softmax, uniform": SampledSoftmax(),
    "sampled_softmax, popularity": SampledSoftmax(sampling="popularity"),
    "gbce": Gbce(),
}
CPU = torch.device("cpu")
LEAST_S, LEAST_STEPS = 3.0, 3
"""Minimum time and number of repeated steps; the fastest counts, since other programs can only slow a step down."""


def step_s(label: str, n_items: int, n_positions: int, dim: int, threads: int) -> float:
    """Return the processor time of a step in seconds, which varies less on a busy machine than wall time."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    queries, table = (nn.Parameter(torch.randn(n, dim).mul_(0.3)) for n in (n_positions, n_items))
    bias, targets = nn.Parameter(torch.zeros(n_items)), torch.randint(n_items, (n_positions,))
    loss = _loss(label, n_items)
    spent: list[float] = []
    while len(spent) < LEAST_STEPS or sum(spent) < LEAST_S:
        started = time.process_time()
        for parameter in (queries, table, bias):
            parameter.grad = None
        with torch.autocast("cpu", torch.bfloat16, enabled=resolve_precision("auto", CPU) == "bfloat16"):
            value = loss(queries, table, bias, targets)
        value.backward()  # type: ignore[no-untyped-call]
        spent.append(time.process_time() - started)
    return min(spent)


def main(
    items: Annotated[list[int] | None, typer.Option(help="Catalogue sizes to measure.")] = None,
    positions: Annotated[int, typer.Option(help="Positions of a step.")] = 512,
    dim: Annotated[int, typer.Option(help="Width of the table.")] = 64,
    threads: Annotated[int, typer.Option(help="Threads of PyTorch.")] = 1,
    data: Annotated[Path | None, typer.Option(help="Folder of the Amazon Beauty dump of 2014.")] = None,
    epochs: Annotated[int, typer.Option(help="Maximum number of epochs of a training.")] = 15,
) -> None:
    """Print one table of steps for the sizes, and one of quality if there is data."""
    if items:
        rows = [row for n_items in items for row in _steps(n_items, positions, dim, threads)]
        columns = ["items", "loss", "CPU ms per step", "positions per CPU s", "peak MB", "against the peer"]
        print(heading(f"{positions} positions, width {dim}, threads {threads}, fastest step"))
        print(markdown(columns, rows))
    if data is not None:
        rows = [_quality(label, split, epochs, dim, threads) for split in [_beauty(data)] for label in LOSSES]
        columns = ["loss", "NDCG@20", "HR@20", "NDCG@20 held out", "best epoch of", "s per epoch"]
        print(heading(f"SASRec, width {dim}, Beauty, temporal, threads {threads}, seed 0"))
        print(markdown(columns, rows))


def _steps(n_items: int, n_positions: int, dim: int, threads: int) -> list[list[str]]:
    """Return one row for each loss; the peer comes first if the memory suffices for it."""
    fits = PEER_COPIES * n_items * n_positions * 4 < psutil.virtual_memory().available
    measured = {
        label: measure(step_s, label, n_items, n_positions, dim, threads)
        for label in [*([PEER] if fits else []), *LOSSES]
    }
    seconds = {label: float(str(one.result)) for label, one in measured.items()}
    return [
        [
            f"{n_items:,}",
            label,
            f"{1e3 * seconds[label]:.1f}",
            f"{n_positions / seconds[label]:,.0f}",
            f"{one.peak_bytes / 1e6:,.0f}",
            f"{seconds[label] / seconds[PEER]:.2f}" if fits else "the peer does not fit",
        ]
        for label, one in measured.items()
    ]


def _quality(label: str, split: Split, epochs: int, dim: int, threads: int) -> list[str]:
    """Return one row: test metrics of the best epoch, and the time of the fastest."""
    torch.set_num_threads(threads)
    # The steps are large, because there are only a few of them.
    training = TrainingConfig(lr=2e-3, batch_size=128, max_epochs=epochs)
    model = SASRec(dim=dim, dropout=0.3, loss=LOSSES[label], training=training).build(split.n_items)
    reports = list(model.fit(split.training, Ingredients(), Run(0, CPU)))
    rankings = rank(model, split.test, replace(split.training.rules, k=20))
    metrics = evaluate(Judged(rankings, split.test.targets, split.popularity), (20,))
    best = reports[-1].best_epoch
    return [
        label,
        f"{metrics['ndcg_at_20']:.4f}",
        f"{metrics['hr_at_20']:.4f}",
        f"{reports[best - 1].valid['ndcg_at_20']:.4f}",
        f"{best} of {len(reports)}",
        f"{min(report.duration_s for report in reports):.1f}",
    ]


def _loss(label: str, n_items: int) -> Callable[..., Tensor]:
    if label == PEER:
        return cross_entropy
    loss = LOSSES[label].build(n_items)
    loss.observe(torch.ones(n_items, dtype=torch.int64))
    return loss


def _beauty(folder: Path) -> Split:
    """Return the split of the shipped experiment."""
    experiment = experiment_of("beauty-temporal")
    return prepare(read(experiment.dataset, folder).lazy(), experiment.protocol).split


if __name__ == "__main__":
    typer.run(main)

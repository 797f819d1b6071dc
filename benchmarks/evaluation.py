"""Benchmark of whole-catalogue ranking, nearest neighbours and metrics: time, share of the matrix rate, memory.

Ranking multiplies generated factors, without a network. For comparison, the same products are computed in the same
tiles without any further work, which is the rate that the device reaches. The neighbour models use Beauty's temporal
split with `--data`, and generated interactions without it.

    python -m benchmarks.evaluation
    python -m benchmarks.evaluation --data FOLDER
    python -m benchmarks.evaluation --users 1000000 --items 1000000 --repeats 1
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from jaxtyping import Float32, Int32
from torch import Tensor

from benchmarks import sequences
from benchmarks.measure import heading, markdown, measure
from seqrec.datasets.amazon_2014 import Config as Amazon
from seqrec.datasets.demo import Config as Demo
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.blocks import block_size, peak_bytes
from seqrec.evaluation.metrics import evaluate
from seqrec.evaluation.ranking import rank
from seqrec.models.base import Ingredients
from seqrec.models.sknn import Config as Neighbours
from seqrec.preparation.prepare import prepare
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.splits.temporal import Config as Temporal
from seqrec.training.device import resolve_device
from seqrec.training.memory import Peak
from seqrec.types import Cases, Lists, Places, Rankings, Rules, Run, Sequences, Split, Training, Vocabulary

K, CUTOFFS = 20, (1, 5, 10, 20)
PROMPT_LEN = 5
N_METRIC_CASES = 138_000
NEIGHBOURS = {
    "V-SKNN": Neighbours(k=320, sample_size=1530, similarity="dot", decay="harmonic"),
    "SKNN": Neighbours(k=140, sample_size=1020, sampling="recent"),
}
GENERATED = Demo(n_users=2_000, n_items=1_000)


@dataclass(frozen=True, slots=True)
class Factors:
    """A scorer that consists of a single product."""

    users: Float32[Tensor, "n_users dim"]
    table: Float32[Tensor, "n_items dim"]
    name: str = "factors"

    @property
    def device(self) -> torch.device:
        """Device of the factors."""
        return self.table.device

    def encode(self, prompts: Sequences, rules: Rules) -> Float32[Tensor, "n_prompts dim"]:  # noqa: ARG002 - none apply
        """Return the factors of the users."""
        return self.users[torch.from_numpy(prompts.users).to(self.device)]

    def score(
        self, queries: Float32[Tensor, "n_prompts dim"], start: int, stop: int
    ) -> Float32[Tensor, "n_prompts n_scored"]:
        """Return the products with a range of items."""
        return queries @ self.table[start:stop].T

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """Return the products with the candidates of each prompt."""
        table = self.table[torch.from_numpy(shown).to(self.device)]
        return torch.einsum("pd,psd->ps", self.users[torch.from_numpy(prompts.users).to(self.device)], table)


@dataclass(frozen=True, slots=True)
class Figures:
    """Time and memory of one piece of work."""

    wall_s: float
    cpu_s: float
    """Processor time of all threads, which varies less on a busy machine than wall time."""
    product_s: float | None = None
    """Wall time of the products alone."""
    peak_bytes: int | None = None


def ranking(n_users: int, n_items: int, dim: int, device_name: str, repeats: int) -> Figures:
    """Rank every item for every user."""
    device = resolve_device(device_name)
    generator = torch.Generator().manual_seed(0)
    model = Factors(*(torch.randn(n, dim, generator=generator).to(device) for n in (n_users, n_items)))
    split = cases(n_users, n_items)
    work = partial(rank, model, split.test, split.training.rules)
    with Peak(device) as peak:
        fastest(device, 1, work)
    product_s, _ = fastest(device, repeats, partial(products, model))
    return Figures(*fastest(device, repeats, work), product_s, peak.n_bytes)


def products(model: Factors) -> None:
    """Compute the products of a ranking, and discard them."""
    size = block_size(len(model.table), model.device)
    for queries in model.users.split(size.n_prompts):
        for tile in model.table.split(size.n_items):
            torch.mm(queries, tile.T)


def neighbours(name: str, data: Path | None) -> Figures:
    """Fit and rank one of the neighbour models."""
    interactions = sequences.read(Amazon(metadata=False) if data else GENERATED, data or Path())
    split = prepare(interactions, Protocol(split=Temporal())).split
    device, rules = torch.device("cpu"), replace(split.training.rules, k=K)

    def fit_and_rank() -> None:
        model = NEIGHBOURS[name].build(split.n_items)
        list(model.fit(split.training, Ingredients(), Run(0, device)))
        rank(model, split.test, rules)

    return Figures(*fastest(device, 3, fit_and_rank))


def metrics(n_cases: int) -> Figures:
    """Compute every metric of random lists of 20."""
    rng = np.random.default_rng(0)
    split = cases(n_cases, 12_101)
    lists = Lists(rng.integers(split.n_items, size=(n_cases, K)).astype(np.int32), rng.random((n_cases, K), np.float32))
    places = Places(rng.integers(split.n_items, size=n_cases), np.ones(n_cases, np.int64))
    judged = Judged(Rankings(lists, places), split.test.targets, split.popularity)
    return Figures(*fastest(torch.device("cpu"), 3, partial(evaluate, judged, CUTOFFS)))


def cases(n_cases: int, n_items: int) -> Split:
    """Return random prompts and targets, with the whole catalogue as candidates and without training data."""
    rng = np.random.default_rng(0)
    offsets = np.arange(0, PROMPT_LEN * (n_cases + 1), PROMPT_LEN)
    items = rng.integers(n_items, size=PROMPT_LEN * n_cases, dtype=np.int32)
    users = np.arange(n_cases, dtype=np.int32)
    test = Cases(
        Sequences(offsets, items, np.zeros(len(items), np.int64), users),
        rng.integers(n_items, size=n_cases, dtype=np.int32),
        np.zeros(n_cases, np.int64),
    )
    none = Sequences(np.zeros(1, np.int64), items[:0], np.zeros(0, np.int64), users[:0])
    no_cases = Cases(none, items[:0], np.zeros(0, np.int64))
    counts = np.bincount(items, minlength=n_items)
    vocabulary = Vocabulary(np.arange(n_items).astype(str), users.astype(str))
    rules = Rules(K, candidates=np.ones(n_items, bool))
    return Split(Training(vocabulary, none, none, no_cases, rules), test, counts)


def fastest(device: torch.device, repeats: int, work: Callable[[], object]) -> tuple[float, float]:
    """Return the wall time and the processor time of the fastest of several runs, in seconds."""
    return min(_seconds(device, work) for _ in range(repeats))


def _seconds(device: torch.device, work: Callable[[], object]) -> tuple[float, float]:
    started, cpu_started = time.perf_counter(), time.process_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started, time.process_time() - cpu_started


def main(
    users: Annotated[int, typer.Option(help="Users to rank for.")] = 22_363,
    items: Annotated[int, typer.Option(help="Items to rank.")] = 12_101,
    dim: Annotated[int, typer.Option(help="Width of the factors.")] = 64,
    device: Annotated[str, typer.Option(help="Device for ranking: auto, cpu or cuda.")] = "auto",
    repeats: Annotated[int, typer.Option(help="Number of runs of a ranking, of which the fastest counts.")] = 5,
    data: Annotated[Path | None, typer.Option(help="Folder of Beauty's reviews, for the neighbour models.")] = None,
) -> None:
    """Print one row for each piece of work; each runs in its own process."""
    named = {
        f"rank {users:,} users x {items:,} items, width {dim}": measure(ranking, users, items, dim, device, repeats),
        **{f"{name}, fit and rank, on the CPU": measure(neighbours, name, data) for name in NEIGHBOURS},
        f"every metric of {N_METRIC_CASES:,} lists of {K} at {len(CUTOFFS)} cut-offs": measure(metrics, N_METRIC_CASES),
    }
    expected = peak_bytes(users, items, K, resolve_device(device))
    print(heading(f"Evaluation, neighbours on {'Beauty' if data else 'generated data'}"))
    rows = [_row(what, measured.result) for what, measured in named.items()]
    print(markdown(["what", "wall s", "CPU s", "the products alone s", "share of the matrix rate", "peak MB"], rows))
    print(f"\nExpected peak of a ranking, at most: {expected / 1e6:,.0f} MB.")


def _row(what: str, figures: object) -> list[str]:
    assert isinstance(figures, Figures)
    product_s, peak = figures.product_s, figures.peak_bytes
    return [
        what,
        f"{figures.wall_s:.3f}",
        f"{figures.cpu_s:.3f}",
        "" if product_s is None else f"{product_s:.3f}",
        "" if product_s is None else f"{product_s / figures.wall_s:.0%}",
        "" if peak is None else f"{peak / 1e6:,.0f}",
    ]


if __name__ == "__main__":
    typer.run(main)

"""Benchmark of the lists for all users by the products of factors, beside implicit in the same run.

Both get the same factors and histories and leave out what a user has seen. Equal work is lists of item numbers; the
last row is the whole scoring, which writes them in original ids as Parquet. The programs run alternately, each time in
a process of its own; times are without the start and the generation, and the ratios are medians over the rounds.

    python -m benchmarks.scoring --peers PYTHON
    python -m benchmarks.scoring --users 1000000 --items 100000 --rounds 1 --peers PYTHON
"""

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, cast

import numpy as np
import torch
import typer
from jaxtyping import Float32
from torch import Tensor

from benchmarks import factors
from benchmarks.measure import heading, markdown, measure
from seqrec.evaluation.ranking import recommend
from seqrec.models.base import ClosedForm, Ingredients
from seqrec.serving.answers import Answerer
from seqrec.serving.batch import score_users
from seqrec.serving.catalogue import Catalogue
from seqrec.serving.user_histories import UserHistories
from seqrec.types import Rules, Run, Sequences, State, Training

OURS, PEER, WHOLE = "ours, lists of item numbers", "implicit, the same", "ours, in original ids as Parquet"
USERS_PER_PART = 50_000
SHOWN = 50
"""Users whose lists are compared between the programs."""
AGREEMENT = 0.999
"""The least share of equal places in their lists; products of other shapes may differ in the last bit."""


@dataclass(frozen=True)
class Size:
    """The size of the work."""

    n_users: int
    n_items: int
    width: int
    k: int
    n_threads: int

    @cached_property
    def data(self) -> factors.Factors:
        """Factors and histories."""
        return factors.generate(self.n_users, self.n_items, self.width)

    @property
    def model(self) -> "FactorModel":
        """A model of them."""
        return FactorModel(self.data)

    @property
    def histories(self) -> Sequences:
        """What each user has seen."""
        n_seen = factors.N_SEEN
        items = self.data.seen.ravel()
        offsets = np.arange(0, len(items) + 1, n_seen, dtype=np.int64)
        return Sequences(offsets, items, np.zeros(len(items), np.int64), np.arange(self.n_users, dtype=np.int32))


class FactorModel(ClosedForm):
    """A model whose scores are the products of given factors."""

    def __init__(self, given: factors.Factors) -> None:
        self._users, self._items = torch.from_numpy(given.users), torch.from_numpy(given.items)
        self._device = self._items.device
        self.n_items = len(self._items)

    @property
    def name(self) -> str:
        """The name in messages."""
        return "factors"

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002 - nothing is learnt
        """Return the factors of the items, which are given."""
        return State({"items": self._items})

    def encode(self, prompts: Sequences, rules: Rules) -> Float32[Tensor, "n_prompts width"]:  # noqa: ARG002 - none apply
        """Return the factors of the users."""
        return self._users[torch.from_numpy(prompts.users)]

    def score(
        self, queries: Float32[Tensor, "n_prompts width"], start: int, stop: int
    ) -> Float32[Tensor, "n_prompts n_scored"]:
        """Return the products with a range of items."""
        return queries @ self._items[start:stop].T


@dataclass(frozen=True, slots=True)
class Ran:
    """Time of a piece of work without its preparation, peak memory of its process, and the first lists."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    lists: list[list[int]]


def run(work: Callable[[Size], list[list[int]]], size: Size) -> Ran:
    """Run a piece of work in a process of its own."""
    measured = measure(_timed, work, size)
    wall_s, cpu_s, lists = cast("tuple[float, float, list[list[int]]]", measured.result)
    return Ran(wall_s, cpu_s, measured.peak_bytes, lists)


def _timed(work: Callable[[Size], list[list[int]]], size: Size) -> tuple[float, float, list[list[int]]]:
    torch.set_num_threads(size.n_threads)
    assert len(size.data.users) == size.n_users
    started, cpu_started = time.perf_counter(), time.process_time()
    lists = work(size)
    return time.perf_counter() - started, time.process_time() - cpu_started, lists


def make_lists(size: Size) -> list[list[int]]:
    """Make the lists of item numbers for all users, part by part, and return the first ones."""
    model, histories, found = size.model, size.histories, []
    rules = Rules(size.k, np.ones(size.n_items, bool), exclude_seen=True)
    for start in range(0, size.n_users, USERS_PER_PART):
        block = histories.block(start, min(start + USERS_PER_PART, size.n_users))
        found.append(recommend(model, block, rules))
    first: list[list[int]] = found[0].items[:SHOWN].tolist()
    return first


def write_lists(size: Size) -> list[list[int]]:
    """Write the lists of all users in original ids, part by part; return none."""
    titles = (None,) * size.n_items
    ids = np.array([f"P{number:07}" for number in range(size.n_items)], object)
    catalogue = Catalogue(ids, titles, np.ones(size.n_items, np.int64), np.ones(size.n_items, bool))
    answerer = Answerer(size.model, catalogue, exclude_seen=True, max_history=None)
    user_ids = np.array([f"U{number:08}" for number in range(size.n_users)], object)
    users = UserHistories(user_ids, size.histories, 0)
    with TemporaryDirectory() as folder:
        for start in range(0, size.n_users, USERS_PER_PART):
            rows = np.arange(start, min(start + USERS_PER_PART, size.n_users))
            score_users(answerer, users, rows, size.k).write_parquet(Path(folder) / f"part-{start:09}.parquet")
    return []


def run_peer(python: Path, size: Size) -> Ran:
    """Let implicit make the lists."""
    numbers = (size.n_users, size.n_items, size.width, size.k, USERS_PER_PART, SHOWN, size.n_threads)
    command = [str(python), "-m", "benchmarks.peers.implicit", *map(str, numbers)]
    # It has threads of its own, and warns of those of OpenBLAS.
    told = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(_paths())}
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=True)
    return Ran(**json.loads(done.stdout.splitlines()[-1]))


def _paths() -> list[str]:
    return [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]


def agreement(ours: list[list[int]], theirs: list[list[int]]) -> float:
    """Return the share of places at which two programs have the same item."""
    return float((np.array(ours) == np.array(theirs)).mean())


def main(
    users: Annotated[int, typer.Option(help="Users to make lists for.")] = 5_000,
    items: Annotated[int, typer.Option(help="Items to choose from.")] = 5_000,
    width: Annotated[int, typer.Option(help="Width of the factors.")] = 64,
    k: Annotated[int, typer.Option("-k", help="Length of a list.")] = 20,
    threads: Annotated[int, typer.Option(min=1, help="Threads of each program.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="Number of alternate runs of each program.")] = 3,
    peers: Annotated[Path | None, typer.Option(help="A Python that has implicit; without it, only ours runs.")] = None,
) -> None:
    """Print one row for each program, with ratios to the peer."""
    size = Size(users, items, width, k, threads)
    found: dict[str, list[Ran]] = {OURS: [], **({} if peers is None else {PEER: []}), WHOLE: []}
    for _ in range(rounds):
        found[OURS].append(run(make_lists, size))
        if peers is not None:
            found[PEER].append(run_peer(peers.absolute(), size))
        found[WHOLE].append(run(write_lists, size))
    if peers is not None:
        shared = agreement(found[OURS][0].lists, found[PEER][0].lists)
        assert shared >= AGREEMENT, f"the programs agree on {shared:.1%} of the places only"
    shape = f"{users:,} users from {items:,} items, width {width}, {threads} threads, {rounds} rounds"
    print(heading(f"Lists of {k} for {shape}"))
    columns = ["what", "wall s", "CPU s", "users per CPU s", "peak MB", "wall ratio", "CPU ratio", "memory ratio"]
    print(markdown(columns, [[what, *_cells(users, runs, found.get(PEER))] for what, runs in found.items()]))


def _cells(n_users: int, runs: list[Ran], peer: list[Ran] | None) -> list[str]:
    wall_s, cpu_s = (median(figures) for figures in ([one.wall_s for one in runs], [one.cpu_s for one in runs]))
    peak = max(one.peak_bytes for one in runs)
    cells = [f"{wall_s:.3f}", f"{cpu_s:.3f}", f"{n_users / cpu_s:,.0f}", f"{peak / 1e6:,.0f}"]
    if peer is None:
        return [*cells, "", "", ""]
    pairs = list(zip(runs, peer, strict=True))
    ratios = (
        median(own.wall_s / its.wall_s for own, its in pairs),
        median(own.cpu_s / its.cpu_s for own, its in pairs),
        median(own.peak_bytes / its.peak_bytes for own, its in pairs),
    )
    return [*cells, *(f"{ratio:.2f}" for ratio in ratios)]


if __name__ == "__main__":
    typer.run(main)

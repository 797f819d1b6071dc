"""All measurements that need a GPU, in one command of a few minutes.

Each item has its own process and time limit; an item that fails or takes too long becomes a line of the table, and the
next item runs. The data are generated with the size of Amazon Beauty, or read from its dump.

    python -m benchmarks.gpu
    python -m benchmarks.gpu --data FOLDER_OF_THE_DUMP --peers PYTHON --output gpu.json
    python -m benchmarks.gpu --toy --device cpu
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import polars as pl
import pyarrow as pa
import typer

from benchmarks import evaluation, memory, ours, sequences, training
from benchmarks.limited import Ended, within
from benchmarks.measure import heading, markdown
from benchmarks.parity import networks, parity
from flows.experiments import experiment_of
from seqrec import schema
from seqrec.datasets.canonical.tables import canonical_interactions
from seqrec.models.neural import NeuralConfig
from seqrec.preparation.protocol import Core, Protocol
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.training.device import resolve_device
from storage.files import read_split
from storage.hardware import hardware
from storage.provenance import git_commit

N_SEEDS, SEED_EPOCHS = 5, 10
FOLLOWS = 0.5
"""Share of the generated events that are the habitual successor of the previous event."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of the data and the models."""

    n_users: int
    n_items: int
    large: memory.Setup
    epochs: int | None
    """Maximum number of epochs of a training; None keeps the value of the configuration."""


BEAUTY = Sizes(22_363, 12_101, memory.Setup("sasrec", "softmax", 1_000_000, 256, 200, 32), None)
TOY = Sizes(200, 60, memory.Setup("sasrec", "softmax", 500, 8, 10, 8), 2)


@dataclass(frozen=True, slots=True)
class Item:
    """One measurement, with its time limit."""

    name: str
    limit_s: float
    work: Callable[[], Mapping[str, object]]


def items(folder: Path, sizes: Sizes, options: training.Options) -> Iterator[Item]:
    """Yield the measurements, the most valuable first; the clock of each starts when it is yielded."""
    rule = sequences.HELD_OUT
    for config in networks():
        yield Item(f"{config.name}, {options.device} against cpu", 90, partial(_parity, config, folder, options.device))
    for model in training.CONFIGS:
        yield Item(
            f"{model}, epochs and time to the best weights",
            60,
            partial(_trained, training.job(folder, model, rule, options)),
        )
    yield Item(
        f"sasrec, {N_SEEDS} seeds against one", 60, partial(_seeds, training.job(folder, "sasrec", rule, options))
    )
    yield Item(f"ranking of {sizes.n_users:,} users", 30, partial(_ranking, sizes, options.device))
    yield Item(f"sasrec on {sizes.large.n_items:,} items", 90, partial(_large, sizes.large, options.device))
    for peer in training.PEERS if options.python else ():
        for model in peer.epochs:
            yield Item(f"{peer.name}, {model}", 120, partial(_peer, folder, model, peer, options))


def generated(n_users: int, n_items: int, seed: int = 0) -> pl.DataFrame:
    """Generate interactions: every item has a habitual successor, and few items have most of the other events."""
    rng = np.random.default_rng(seed)
    lengths = 5 + rng.geometric(1 / 5, n_users)
    ends = np.cumsum(lengths)
    drawn = (n_items * rng.random(ends[-1]) ** 2).astype(np.int64)
    follows = rng.random(ends[-1]) < FOLLOWS
    follows[ends - lengths] = False
    chosen = np.where(follows, -1, drawn)
    successor = rng.permutation(n_items)
    for row in np.flatnonzero(follows):
        chosen[row] = successor[chosen[row - 1]]
    columns = {
        schema.USER: [f"u{user}" for user in np.repeat(np.arange(n_users), lengths)],
        schema.ITEM: [f"i{item}" for item in chosen],
        schema.TIMESTAMP: pa.array(np.arange(ends[-1]) * 1_000_000, pa.timestamp("us", tz="UTC")),
        schema.VALUE: np.ones(ends[-1], np.float32),
    }
    return pl.DataFrame(pa.Table.from_batches(canonical_interactions([pa.RecordBatch.from_pydict(columns)])))


def run(sizes: Sizes, options: training.Options, data: Path | None, budget_s: float) -> list[dict[str, object]]:
    """Run every item, and print its line when it ends."""
    deadline, found = time.monotonic() + budget_s, []
    with TemporaryDirectory(prefix="seqrec-benchmark-") as temporary:
        folder = Path(temporary)
        _write(folder, sizes, data)
        print(markdown(["what", "seconds", "found"], []), flush=True)
        for item in items(folder, sizes, options):
            left_s = deadline - time.monotonic()
            ended = within(min(item.limit_s, left_s), item.work) if left_s > 1 else Ended(0.0, error="no time was left")
            words = ", ".join(f"{name} {_shown(value)}" for name, value in (ended.figures or {}).items())
            print(f"| {item.name} | {ended.seconds:.0f} | {ended.error or words} |", flush=True)
            found.append({"what": item.name} | asdict(ended))
    return found


def main(
    data: Annotated[Path | None, typer.Option(help="Folder of Amazon Beauty's dump of 2014.")] = None,
    peers: Annotated[Path | None, typer.Option(help="A Python that has RecBole and RecTools.")] = None,
    device: Annotated[str, typer.Option(help="`cuda`, or `cpu` to try the script.")] = "cuda",
    toy: Annotated[bool, typer.Option(help="Whether to make everything tiny.")] = False,  # noqa: FBT002 - a switch
    budget_s: Annotated[float, typer.Option(help="Time limit for all items together, in seconds.")] = 470.0,
    output: Annotated[Path | None, typer.Option(help="File for the same figures as JSON.")] = None,
) -> None:
    """Print the table, and write it as JSON."""
    sizes = TOY if toy else BEAUTY
    options = training.Options(resolve_device(device).type, peers and peers.absolute(), sizes.epochs)
    print(heading(f"On {options.device}"))
    found = run(sizes, options, data, budget_s)
    if output is not None:
        facts = {"hardware": hardware(), "commit": git_commit(), "device": options.device, "items": found}
        output.write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _write(folder: Path, sizes: Sizes, data: Path | None) -> None:
    if data is None:
        interactions, protocol = (
            generated(sizes.n_users, sizes.n_items),
            Protocol(core=Core(users=0, items=0), split=LeaveOneOut()),
        )
    else:
        experiment = experiment_of("beauty-leave-one-out")
        interactions, protocol = sequences.read(experiment.dataset, data), experiment.protocol
    sequences.write(folder, interactions, protocol, "file")


def _parity(config: NeuralConfig, folder: Path, device: str) -> dict[str, object]:
    return asdict(parity(config, read_split(folder / sequences.HELD_OUT), device))


def _trained(job: ours.Job) -> dict[str, object]:
    figures = ours.train(job)
    names = ("epoch_s", "to_best_s", "evaluation_s", "best_epoch", "n_epochs", "ndcg")
    return {name: getattr(figures, name) for name in names}


def _seeds(job: ours.Job) -> dict[str, object]:
    seeds = ours.train_seeds(job, SEED_EPOCHS, range(N_SEEDS))
    ratio = seeds.all_s / seeds.one_s
    return {
        "one_s": seeds.one_s,
        "all_s": seeds.all_s,
        "ratio": ratio,
        "ndcg": mean(seeds.ndcgs),
        "sd": stdev(seeds.ndcgs),
    }


def _ranking(sizes: Sizes, device: str) -> dict[str, object]:
    figures = evaluation.ranking(sizes.n_users, sizes.n_items, 64, device, 5)
    return {"wall_s": figures.wall_s, "product_s": figures.product_s, "peak_bytes": figures.peak_bytes}


def _large(setup: memory.Setup, device: str) -> dict[str, object]:
    expected, taken, epoch_s = memory.train(setup, device)
    positions = memory.N_BATCHES * setup.batch_size * setup.max_len
    return {"expected_bytes": expected, "taken_bytes": taken, "positions_per_s": positions / epoch_s}


def _peer(folder: Path, model: str, peer: training.Peer, options: training.Options) -> dict[str, object]:
    figures = training.run_peer(folder, model, peer, options)
    assert figures is not None
    return {"epoch_s": figures.epoch_s, "to_best_s": figures.to_best_s, "evaluation_s": figures.evaluation_s}


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " and ".join(map(_shown, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    typer.run(main)

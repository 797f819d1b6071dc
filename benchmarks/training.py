"""Benchmark of training against RecBole and RecTools: time of an epoch, time to the best weights, quality.

All programs read the same sequences and run one after the other, each in its own process. RecBole holds validation
items out of training and masks nothing; RecTools trains on them and masks seen items. Ours is compared with each of
them under the same rule. Without `--experiment` the data are generated; without `--peers` the peers are not run.

    python -m benchmarks.training
    python -m benchmarks.training --experiment beauty-leave-one-out --data FOLDER --peers PYTHON --seeds 5 --repeat
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from benchmarks import ours, sequences
from benchmarks.comparison import TIMES, Row, header
from benchmarks.figures import Figures
from benchmarks.measure import heading, measure
from flows.experiments import experiment_of
from seqrec.datasets.demo import Config as Demo
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.neural import NeuralConfig
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.head import Head
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.preparation.ties import Ties
from seqrec.training.config import TrainingConfig
from seqrec.training.device import resolve_device

TRAINING = TrainingConfig(batch_size=128, lr=1e-3, max_epochs=100, patience=5, valid_cutoff=10)
# Width, depth and length are those of the peers. The other settings were chosen by validation on Beauty in file order,
# seed 0; `docs/log.md` lists what was tried.
CONFIGS: Mapping[str, NeuralConfig] = {
    "sasrec": SASRec(
        dim=64,
        max_len=50,
        norm="post",
        inner=4,
        activation="gelu",
        input_norm=True,
        final_norm=False,
        dropout=0.5,
        training=TRAINING,
    ),
    "gru4rec": GRU4Rec(dim=64, hidden_dim=128, max_len=50, dropout=0.5, training=TRAINING),
    "bert4rec": BERT4Rec(
        dim=64,
        max_len=50,
        scaled=True,
        input_norm=True,
        head=Head(activation="none"),
        dropout=0.3,
        training=TRAINING.model_copy(update={"patience": 4}),
    ),
}
GENERATED = Demo(n_users=600, n_items=200)
REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Peer:
    """A program to compare ours with."""

    name: str
    script: str
    rule: str
    """The split that it uses."""
    epochs: Mapping[str, int]
    """Its models with their number of epochs, which is the maximum if it stops early."""


PEERS = (
    Peer("RecBole 1.2.1", "recbole", sequences.HELD_OUT, {"sasrec": 60, "gru4rec": 60, "bert4rec": 60}),
    Peer("RecTools 0.19", "rectools", sequences.REFIT, {"sasrec": 40, "bert4rec": 40}),
)


@dataclass(frozen=True, slots=True)
class Options:
    """Options for all programs."""

    device: str
    python: Path | None = None
    """Interpreter of the peers; None means that they are not run."""
    epochs: int | None = None
    """Maximum number of our epochs, in place of the value of the configuration."""
    peer_epochs: int | None = None
    """Number of epochs of the peers, if only the time of an epoch is wanted."""


def run_ours(folder: Path, model: str, rule: str, options: Options) -> Figures:
    """Train one of our models on the split `rule`, in a fresh process."""
    result = measure(ours.train, job(folder, model, rule, options)).result
    assert isinstance(result, Figures)
    return result


def run_seeds(folder: Path, model: str, epochs: int, n_seeds: int, options: Options) -> ours.Seeds:
    """Train several seeds of our model in a fresh process, all for the same number of epochs."""
    result = measure(ours.train_seeds, job(folder, model, sequences.HELD_OUT, options), epochs, range(n_seeds)).result
    assert isinstance(result, ours.Seeds)
    return result


def run_peer(folder: Path, model: str, peer: Peer, options: Options) -> Figures | None:
    """Train the model of a peer under its interpreter; return None if there is no interpreter."""
    if options.python is None:
        return None
    command = [str(options.python), "-m", f"benchmarks.peers.{peer.script}", sequences.LINES, model]
    command += ["--device", options.device, "--epochs", str(options.peer_epochs or peer.epochs[model])]
    # The working directory is the folder of the data, because RecBole leaves files there.
    done = subprocess.run(
        [*command, "--requested-at", str(time.time())],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def compare(folder: Path, model: str, options: Options) -> Iterator[Row]:
    """Yield ours and the peers that have the model, each peer after ours under the same rule."""
    for peer in PEERS:
        if model in peer.epochs:
            mine = run_ours(folder, model, peer.rule, options)
            yield Row(model, f"ours, {sequences.RULES[peer.rule]}", mine)
            theirs = run_peer(folder, model, peer, options)
            yield Row(model, peer.name, theirs, beside=mine, timed_only=options.peer_epochs is not None)


def main(
    experiment: Annotated[
        str | None, typer.Option(help="Experiment that supplies the data, core filter and seed.")
    ] = None,
    data: Annotated[Path, typer.Option(help="The folder of its dump.")] = Path(),
    ties: Annotated[Ties, typer.Option(help="Order among equal times.")] = "file",
    models: Annotated[str, typer.Option(help="Which, with commas.")] = ",".join(CONFIGS),
    device: Annotated[str, typer.Option(help="`cpu` or `cuda`.")] = "auto",
    peers: Annotated[Path | None, typer.Option(help="A Python that has RecBole and RecTools.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Most epochs of ours.")] = None,
    peer_epochs: Annotated[
        int | None, typer.Option(help="Number of epochs of the peers, to time an epoch only.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Number of our seeds to train in one process.")] = 1,
    repeat: Annotated[bool, typer.Option(help="Whether to run ours twice.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Print the table, the cost of several seeds, and whether a repeat has the same results."""
    labels = models.split(",")
    if unknown := set(labels) - set(CONFIGS):
        raise typer.BadParameter(
            f"{', '.join(sorted(unknown))}; models are {', '.join(CONFIGS)}", param_hint="--models"
        )
    options = Options(resolve_device(device).type, peers and peers.absolute(), epochs, peer_epochs)
    chosen = None if experiment is None else experiment_of(experiment)
    interactions = sequences.read(chosen.dataset if chosen else GENERATED, data)
    protocol = chosen.protocol if chosen else Protocol(split=LeaveOneOut())
    with TemporaryDirectory(prefix="seqrec-benchmark-") as temporary:
        folder = Path(temporary)
        size = sequences.write(folder, interactions, protocol, ties)
        title = f"{experiment or 'Generated'}, {ties} order among equal times, {options.device}"
        print(heading(f"{title}: {size.n_users:,} users, {size.n_items:,} items, {size.n_events:,} interactions"))
        rows: list[Row] = []
        print(header())
        for row in chain.from_iterable(compare(folder, model, options) for model in labels):
            print(row, flush=True)
            rows.append(row)
        for model in labels:
            first = next(row.figures for row in rows if row.model == model and row.figures)
            if repeat:
                print(f"\n{model}: {_repeated(first, run_ours(folder, model, sequences.HELD_OUT, options))}")
            if seeds > 1:
                print(f"\n{model}: {_cost(run_seeds(folder, model, first.best_epoch, seeds, options))}")


def job(folder: Path, model: str, rule: str, options: Options) -> ours.Job:
    """Return a job for the split `rule`, requested now."""
    config = CONFIGS[model]
    if options.epochs is not None:
        training = config.training.model_copy(update={"max_epochs": options.epochs})
        config = config.model_copy(update={"training": training})
    return ours.Job(config, folder / rule, options.device, time.time())


def _repeated(first: Figures, second: Figures) -> str:
    same = replace(second, **{name: getattr(first, name) for name in TIMES.values()}) == first
    return f"losses and metrics of a repeat are {'identical' if same else 'DIFFERENT'}"


def _cost(seeds: ours.Seeds) -> str:
    return (
        f"{len(seeds.ndcgs)} seeds take {seeds.all_s:.2f} s, {seeds.all_s / seeds.one_s:.2f} times one; "
        f"NDCG@10 {mean(seeds.ndcgs):.4f} ± {stdev(seeds.ndcgs):.4f}"
    )


if __name__ == "__main__":
    typer.run(main)

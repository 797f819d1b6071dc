"""Networks that begin with the weights of the night before, from the command to the champion."""

from pathlib import Path

import polars as pl
import pytest

from flows.benchmark import benchmark
from flows.nightly import nightly
from flows.production import chosen_seed, last_finished
from flows.promote import promote
from seqrec.datasets.demo import Config as Demo
from seqrec.evaluation.results import Fit
from storage.files import read_comparison, read_fit
from storage.finished import Finished
from storage.references import References
from storage.refs import ModelRef
from storage.registry import CHAMPION
from tasks.register import LABEL
from tasks.resources import open_resources
from tests.flows.command import Command
from tests.flows.shop import shop_named, write_orders
from tests.flows.tiny import write_tiny
from tests.seqrec.datasets.files import interactions_of

NAME = "warm"
EXPERIMENT = (
    shop_named(NAME).replace('"temporal"', '"leave_one_out"')
    + """
[models.ids]
name = "sasrec"
dim = 8
n_layers = 1
training = { max_epochs = 2 }

[models.texts]
name = "sasrec"
dim = 8
n_layers = 1
item_table = { name = "adaptor", source = { encoder = "lsa" } }
training = { max_epochs = 2 }
"""
)

pytestmark = pytest.mark.timeout(600)


def exports(folder: Path) -> list[pl.DataFrame]:
    """Return the orders of three nights: most of them, and twice what came since."""
    everything = interactions_of(Demo(n_users=400, n_items=60), folder).sort("timestamp")
    first, second = (everything["timestamp"].quantile(share) for share in (0.6, 0.8))
    time = pl.col("timestamp")
    return [
        everything.filter(time < first),
        everything.filter(time >= first, time < second),
        everything.filter(time >= second),
    ]


def finished() -> Finished:
    """Return the last run."""
    found = last_finished(open_resources(), NAME)
    assert found is not None
    return found


def fits() -> dict[str, Fit]:
    """Return how the networks of the last run were trained."""
    run = finished()
    return {label: run.fit(run.of(label)[0]) for label in ("ids", "texts")}


def test_each_night_goes_on_from_the_one_before(prefect_server: None, tmp_path: Path) -> None:
    file = str(write_tiny(tmp_path, text=EXPERIMENT))
    first, second, third = exports(tmp_path)
    write_orders(tmp_path, 1, first)
    benchmark(file, tmp_path, warm_start=True)
    assert all(fit.origin is None for fit in fits().values())
    night_one = finished()

    # On the second night, one network has other settings, and begins from nothing.
    write_orders(tmp_path, 2, second)
    file = str(write_tiny(tmp_path, text=EXPERIMENT.replace("[models.ids]", "[models.ids]\ndropout = 0.1")))
    outcome = benchmark(file, tmp_path, warm_start=True)
    night_two, own = finished(), fits()
    assert own["ids"].origin is None
    assert own["texts"].origin is not None
    assert own["texts"].origin.model == night_one.of("texts")[0].model
    notes = read_comparison(Path(outcome.comparison.uri)).table.notes
    assert any(note.startswith("texts began with the weights") for note in notes)
    # A run that is repeated begins with the same weights, and finds everything made.
    assert benchmark(file, tmp_path, warm_start=True).comparison.key == outcome.comparison.key

    # The production fit begins with what the compared model began with.
    promote(NAME, model="texts", force="for the test")
    resources = open_resources()
    champion = resources.registry.find(NAME, CHAMPION)
    assert champion is not None
    assert champion.tags[LABEL] == "texts"
    twin = chosen_seed(night_two, "texts").model
    others = (artifact for artifact in resources.store.artifacts(ModelRef.kind) if artifact.key != twin)
    assert own["texts"].origin in [read_fit(artifact.path).origin for artifact in others]

    # If what a network would begin with is damaged, it begins from nothing.
    write_orders(tmp_path, 3, third)
    weights = resources.store.open(ModelRef.kind, night_two.of("ids")[0].model).path / "state.safetensors"
    sound = weights.read_bytes()
    weights.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    benchmark(file, tmp_path, warm_start=True)
    assert [fit.origin for fit in fits().values()] == [None, None]
    weights.write_bytes(sound)

    # On the third night, both go on; a cleaning keeps what they began with.
    nightly(file, tmp_path, k=3, warm_start=True)
    night_three, own = finished(), fits()
    assert "--warm-start" in night_three.record.command
    assert own["ids"].origin is not None
    assert own["ids"].origin.model == night_two.of("ids")[0].model
    references = References({one.key: one.manifest for one in resources.store.stored()})
    kept = references.reachable([night_three.record.comparison])
    assert {own["ids"].origin.model, own["ids"].origin.seen} <= kept
    assert night_one.of("ids")[0].model not in kept


def test_the_command_has_the_option(command: Command) -> None:
    assert "--warm-start" in command("run", "--help").out

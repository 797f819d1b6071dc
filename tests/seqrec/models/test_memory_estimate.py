"""The memory estimate of a training: its terms, their growth, and its distance from the memory of a process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import Float
from torch import Tensor, nn

from seqrec.experiment_file import load_experiment
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.memory_estimate import estimate_memory
from seqrec.models.neural import NeuralConfig
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.losses import AnyLoss
from seqrec.nn.losses.gbce import Config as Gbce
from seqrec.nn.losses.sampled_softmax import Config as SampledSoftmax
from seqrec.nn.losses.softmax import Config as Softmax
from seqrec.nn.network import ItemNetwork
from seqrec.training.batches import Batch
from seqrec.training.config import TrainingConfig
from seqrec.training.distributed import ProcessGroup
from seqrec.training.footprint import Footprint
from seqrec.training.memory import REFERENCES
from seqrec.training.network import MeanLoss
from seqrec.types import Sequences
from tests.seqrec.models.neural_cases import fitted, ndcg_at_10
from tests.synthetic import chain_split, sequences_of, with_training

SHIPPED = Path(__file__).parents[3] / "deployments" / "experiments"
MODELS: dict[str, type[NeuralConfig]] = {"sasrec": SASRec, "gru4rec": GRU4Rec, "bert4rec": BERT4Rec}
LOSSES: dict[str, AnyLoss] = {
    "softmax": Softmax(),
    "sampled": SampledSoftmax(n_negatives=64),
    "gbce": Gbce(n_negatives=32),
}
GROWN = ("batch_size", "max_len", "dim", "n_items")
LONG = sequences_of([[0] * 200] * 600)

ONE_TRAINING = """
import json, sys
from benchmarks.memory import Setup, train
print(json.dumps(train(Setup.parse(sys.argv[1]), "cpu")))
"""


def estimate(
    model: str = "sasrec",
    *,
    batch_size: int = 64,
    max_len: int = 20,
    dim: int = 32,
    n_items: int = 2000,
    loss: str = "softmax",
    phases: tuple[Sequences, ...] = (LONG,),
    windows: Literal["last", "prefixes"] = "last",
    precision: Literal["auto", "float32", "bfloat16"] = "auto",
    n_cases: int = 100,
) -> Footprint:
    training = TrainingConfig(batch_size=batch_size, windows=windows, precision=precision)
    config = MODELS[model](dim=dim, max_len=max_len, loss=LOSSES[loss], training=training)
    with torch.device("meta"):
        network = config.network(n_items)
    return estimate_memory(network, training, phases, n_cases, n_prompts=64)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("grown", GROWN)
def test_it_grows_with_every_size(model: str, loss: str, grown: str) -> None:
    small = {"batch_size": 64, "max_len": 20, "dim": 32, "n_items": 2000}
    assert (
        estimate(model, loss=loss, **small).total
        < estimate(model, loss=loss, **small | {grown: 2 * small[grown]}).total
    )


@given(
    model=st.sampled_from(list(MODELS)),
    loss=st.sampled_from(list(LOSSES)),
    small=st.fixed_dictionaries(
        {
            "batch_size": st.integers(1, 300),
            "max_len": st.integers(2, 100),
            "dim": st.integers(4, 64).map(lambda half: 2 * half),
            "n_items": st.integers(2, 10**6),
        }
    ),
    grown=st.sampled_from(GROWN),
)
def test_more_never_takes_less(model: str, loss: str, small: dict[str, int], grown: str) -> None:
    assert (
        estimate(model, loss=loss, **small).total
        <= estimate(model, loss=loss, **small | {grown: 2 * small[grown]}).total
    )


@pytest.mark.parametrize("model", MODELS)
def test_terms_of_the_weights_are_multiples_of_them(model: str) -> None:
    weights = 4 * sum(parameter.numel() for parameter in MODELS[model](dim=32).network(2000).parameters())
    footprint = estimate(model)
    assert footprint.weights == footprint.gradients == weights
    assert footprint.optimiser == footprint.copies == 2 * weights
    assert footprint.checkpoint == 12 * weights


def test_data_are_those_of_the_larger_phase() -> None:
    few, many = sequences_of([[0, 1, 2]]), sequences_of([[0, 1, 2], [3, 4]])
    assert estimate(phases=(few,)).data == 3 * 8 + 1 * 48
    assert estimate(phases=(few, many)).data == 5 * 8 + 2 * 48
    # BERT4Rec shows each window four times.
    assert estimate("bert4rec", phases=(few,)).data == 3 * 8 + 1 * (24 + 4 * 24)
    # One window for each event but the first.
    assert estimate(phases=(sequences_of([[0] * 6]),), windows="prefixes").data == 6 * 8 + 5 * 48


def test_no_batch_is_larger_than_the_data() -> None:
    four = sequences_of([[0] * 21] * 4)
    assert 16 * estimate(phases=(four,)).activations == estimate().activations


def test_the_largest_batch_of_all_phases_counts() -> None:
    short = sequences_of([[0] * 3] * 600)
    assert estimate(phases=(short, LONG)).activations == estimate().activations > estimate(phases=(short,)).activations


def test_nothing_to_learn_from_takes_next_to_nothing() -> None:
    assert estimate(phases=(sequences_of([[1], []]),)).activations < 10**6


def test_a_loss_with_negatives_holds_the_scores_of_all_targets_at_once() -> None:
    tables = 4 * 4 * 2000 * 32
    # 64 windows of 21 events, with 64 or 32 negatives per position; prefixes have negatives only at their ends.
    assert estimate(loss="sampled").loss - tables == 20 * 64 * 21 * 64
    assert estimate(loss="gbce").loss - tables == 20 * 64 * 21 * 32
    assert estimate(loss="gbce", windows="prefixes").loss - tables == 20 * 64 * 32


def test_a_loss_over_the_catalogue_holds_a_chunk_of_scores() -> None:
    tables, logits = 4 * 4 * 32, 4 * 64 * 21
    assert estimate(n_items=1000).loss == 1000 * (tables + logits)
    assert estimate(n_items=10_000).loss == 10_000 * tables + 4 * 2**23
    assert estimate(n_items=1_000_000).loss == 1_000_000 * (tables + 4 * 128)


def test_products_in_bfloat16_are_compiled_for_each_shape() -> None:
    short, both = sequences_of([[0] * 3] * 600), sequences_of([[0] * 3] * 600 + [[0] * 9] * 600)
    one, two = (estimate(phases=(phase,), precision="bfloat16").libraries for phase in (short, both))
    plain = estimate(phases=(both,), precision="float32").libraries
    # SASRec's matrices have two shapes, one for query, key and value, and one for all others.
    assert [one - plain, two - plain] == [2 * 2_200_000, 4 * 2_200_000]
    # An epoch has at most as many shapes as batches.
    few = sequences_of([[0] * 3] * 80 + [[0] * 9])
    assert estimate(phases=(few,), precision="bfloat16").libraries == one


def test_processes_that_train_together_share_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    half = estimate(batch_size=32).activations
    monkeypatch.setattr(ProcessGroup, "here", lambda: ProcessGroup(rank=0, size=2))
    assert estimate(batch_size=64).activations == half


def test_every_shipped_experiment_fits_into_two_gigabytes() -> None:
    # No public data set of that kind is larger in any respect; its vectors exist already.
    phase = sequences_of([[0] * 291] * 100 + [[0] * 8] * 35_900)
    found = {}
    for path in SHIPPED.glob("*.toml"):
        for label, config in load_experiment(path).models.items():
            if isinstance(config, NeuralConfig):
                with torch.device("meta"):
                    network = config.network(20_100)
                found[config.name, label] = estimate_memory(network, config.training, [phase, phase], 36_000, 512).total
    assert {name for name, _ in found} == set(MODELS)
    assert max(found.values()) < 2 * 10**9


class Average(ItemNetwork):
    """A model that we do not ship: its query is the mean of the previous items, through one dense layer."""

    def __init__(self, config: "AverageConfig", n_items: int) -> None:
        super().__init__(config.item_table.build(n_items, config.dim), config.max_len, config.head, config.loss)
        self.dense = nn.Linear(config.dim, config.dim)

    @property
    def window(self) -> int:
        return self.max_len + 1

    def queries(self, batch: Batch) -> Float[Tensor, "n_rows dim"]:
        items = self.items(batch.items) * batch.real[:, :, None]
        queries: Tensor = self.dense(items.sum(1) / batch.lengths.clamp(min=1)[:, None])
        return queries

    def loss(self, batch: Batch) -> MeanLoss:
        before = Batch(batch.items[:, :-1], batch.lengths - 1)
        return self.last_loss(self.queries(before), batch)


class Frugal(Average):
    """The same model with its own, smaller estimate of a step."""

    def activation_bytes(self, n_rows: int, width: int) -> int:
        return 4 * n_rows * self.table.shape[1]


class AverageConfig(NeuralConfig):
    name: Literal["average"] = "average"
    frugal: bool = False

    def network(self, n_items: int) -> Average:
        return Frugal(self, n_items) if self.frugal else Average(self, n_items)


@pytest.mark.parametrize("frugal", [False, True])
def test_a_network_of_any_kind_has_an_estimate_and_may_refine_it(frugal: bool) -> None:
    training = TrainingConfig(lr=0.01, batch_size=60, max_epochs=2, windows="prefixes")
    split = chain_split()
    model = fitted(AverageConfig(dim=16, max_len=8, frugal=frugal, training=training), split)
    assert model.footprint is not None
    assert model.footprint.weights == 4 * model.n_parameters
    # Full batches have 60 windows of up to 9 events; an embedding and a dense layer give 16 numbers each.
    assert model.footprint.activations == (4 * 60 * 16 if frugal else 10 * 60 * 9 * (16 + 16))
    assert len(ndcg_at_10(model, split)) == len(split.test)


def test_a_fit_keeps_its_estimate() -> None:
    config = SASRec(dim=16, training=TrainingConfig(max_epochs=1))
    split = chain_split(n_train=20, n_valid=5, n_test=5)
    assert config.build(split.n_items).footprint is None
    both = fitted(config, with_training(split, refit=True))
    assert both.footprint is not None
    assert both.footprint.weights == 4 * both.n_parameters
    # Refits learn from validation as well.
    assert both.footprint.data == 8 * split.training.train.n_events + 48 * len(split.training.train)


@pytest.mark.skipif(not REFERENCES.exists(), reason="only Linux says what a process takes at most")
@pytest.mark.parametrize(
    "training",
    ["sasrec,softmax,12000,64,50,128", "gru4rec,sampled_softmax,3000,64,100,64", "bert4rec,gbce,30000,128,20,64"],
)
def test_it_is_near_what_a_process_takes(training: str) -> None:
    found = subprocess.run([sys.executable, "-c", ONE_TRAINING, training], capture_output=True, text=True, check=True)
    expected, taken, _ = json.loads(found.stdout)
    assert 0.7 < expected / taken < 1.5

"""Item embeddings computed from vectors: what they begin with, what they learn, and how they treat new items."""

from itertools import islice

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from seqrec.evaluation.accuracy import ndcg
from seqrec.evaluation.ranking import place
from seqrec.models.base import Ingredients
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.item_tables.adaptor import Config as Adaptor
from seqrec.models.item_tables.ids import Config as Ids
from seqrec.models.neural import NeuralConfig
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.head import Head
from seqrec.nn.losses.gbce import Config as Gbce
from seqrec.text.source import VectorSource
from seqrec.training.config import TrainingConfig
from seqrec.types import Split, State, Vectors
from tests.seqrec.models.fitted import given
from tests.seqrec.models.neural_cases import RUN, fitted
from tests.synthetic import chain_split, random_split, split_of, with_rules

DIM = 16
SOURCE = VectorSource(encoder="any")
TEXT, BOTH = Adaptor(source=SOURCE, ids=False), Adaptor(source=SOURCE)
DROPPED = Adaptor(source=SOURCE, id_dropout=0.5)
EXPERTS = Adaptor(source=SOURCE, n_experts=2)
TRAINING = TrainingConfig(lr=0.01, batch_size=64, max_epochs=20)
SMALL = SASRec(dim=DIM, max_len=8, dropout=0.1, head=Head(bias=False), training=TRAINING)
NETWORKS: list[NeuralConfig] = [
    SMALL,
    SMALL.model_copy(update={"loss": Gbce(n_negatives=8), "head": Head()}),
    GRU4Rec(dim=DIM, hidden_dim=DIM, max_len=8, training=TRAINING),
    BERT4Rec(dim=DIM, max_len=8, n_layers=1, n_masks=1, training=TRAINING),
]
N_ITEMS = 40


def with_table(config: NeuralConfig, table: Adaptor) -> NeuralConfig:
    """Return the network with another item table."""
    return config.model_copy(update={"item_table": table})


def circle(n_items: int = N_ITEMS) -> Vectors:
    """Return vectors on a curve, so that a smooth map leads from each item to the one that follows it."""
    angles = 2 * np.pi * np.arange(n_items)[:, None] / n_items * np.arange(1, DIM // 2 + 1)
    return Vectors(np.concatenate([np.cos(angles), np.sin(angles)], 1).astype(np.float32))


def with_new_items() -> Split:
    """Return the chain without three items in training, and test cases that ask for exactly these."""
    new = (5, 17, 30)
    chain = chain_split(N_ITEMS)
    training = chain.training
    rows = [training.train.sequence(row).tolist() for row in range(len(training.train))]
    known = [kept for row in rows if len(kept := [item for item in row if item not in new]) > 3]
    test = [[(item - 4 + step) % N_ITEMS for step in range(5)] for item in new for _ in range(5)]
    split = split_of(known[60:], known[:60], test, N_ITEMS)
    return with_rules(split, candidates=np.ones(N_ITEMS, bool))


def ndcg_of(config: NeuralConfig, split: Split) -> float:
    """Return the mean NDCG@10 of the fitted network."""
    return float(ndcg(place(fitted(config, split, circle()), split.test, split.training.rules), 10).mean())


@pytest.mark.parametrize("table", [TEXT, BOTH], ids=["text", "both"])
def test_embeddings_begin_as_the_vectors_with_the_norm_of_random_embeddings(table: Adaptor) -> None:
    made = table.build(N_ITEMS, DIM)
    table.begin(made, circle(), seed=0)
    start, vectors = made.table.detach(), torch.from_numpy(circle().values)
    torch.testing.assert_close(start, vectors * start[0, 0])
    assert float(start.norm(dim=1).mean()) == pytest.approx(0.02 * DIM**0.5)
    raw = table.model_copy(update={"scale": "raw"})
    raw.begin(made, circle(), seed=0)
    torch.testing.assert_close(made.table.detach(), vectors)


def test_some_embeddings_are_those_of_the_whole_table_in_training_and_after_it() -> None:
    made = EXPERTS.build(N_ITEMS, DIM)
    EXPERTS.begin(made, circle(), seed=0)
    items = torch.tensor([[3, 1], [4, 3]])
    for mode in (True, False):
        made.train(mode)
        torch.testing.assert_close(made(items), made.table[items])


def test_ids_are_dropped_in_training_alone_and_whole_or_not_at_all() -> None:
    made = DROPPED.build(N_ITEMS, DIM)
    DROPPED.begin(made, circle(), seed=0)
    torch.nn.init.ones_(made.ids.weight)
    text = made._mapped(made.vectors)
    kept = (made.table - text).detach().round(decimals=4)
    assert set(kept.unique().tolist()) == {0.0, 1.0}
    assert (kept == kept[:, :1]).all()
    torch.testing.assert_close(made.eval().table, text + 1.0)


def test_new_weights_are_seen_after_the_table_was_computed() -> None:
    made = TEXT.build(N_ITEMS, DIM).eval()
    TEXT.begin(made, circle(), seed=0)
    assert made.table is made.table
    before, state = made.table, made.state_dict()
    made.load_state_dict({name: 2 * tensor for name, tensor in state.items()})
    assert not torch.equal(made.table, before)


def test_permuted_vectors_are_the_same_ones_elsewhere() -> None:
    first, other = (Adaptor(source=SOURCE, permuted=True).build(N_ITEMS, DIM) for _ in range(2))
    for seed, table in ((0, first), (1, other)):
        Adaptor(source=SOURCE, permuted=True).begin(table, circle(), seed)
    own = np.sort(circle().values, axis=0)
    assert np.array_equal(np.sort(first.vectors.numpy(), axis=0), own)
    assert not torch.equal(first.vectors, other.vectors)


@pytest.mark.parametrize("table", [TEXT, BOTH, DROPPED, EXPERTS], ids=["text", "both", "dropped", "experts"])
def test_new_items_are_found_by_their_vectors(table: Adaptor) -> None:
    assert ndcg_of(with_table(SMALL, table), with_new_items()) > 0.5


def test_new_items_are_not_found_without_vectors_or_by_those_of_others() -> None:
    split = with_new_items()
    assert ndcg_of(SMALL, split) < 0.2
    assert ndcg_of(with_table(SMALL, TEXT.model_copy(update={"permuted": True})), split) < 0.35


@pytest.mark.parametrize("config", NETWORKS, ids=lambda config: f"{config.name}-{config.loss.name}")
def test_an_item_that_was_never_trained_on_keeps_its_start_and_is_no_negative(config: NeuralConfig) -> None:
    split = with_new_items()
    model = fitted(with_table(config, BOTH), split, circle())
    state = model.state().tensors
    new = torch.from_numpy(~split.training.trained)
    assert not state["items.ids.weight"][new].any()
    assert state["items.ids.weight"][~new].any(1).all()
    if "bias" in state:
        torch.testing.assert_close(state["bias"][new], state["bias"][~new].mean().expand(int(new.sum())))


@pytest.mark.parametrize("config", NETWORKS, ids=lambda config: f"{config.name}-{config.loss.name}")
@pytest.mark.parametrize("table", [TEXT, BOTH, EXPERTS], ids=["text", "both", "experts"])
def test_a_fitted_network_takes_items_that_it_has_never_heard_of(config: NeuralConfig, table: Adaptor) -> None:
    split, config = with_new_items(), with_table(config, table)
    everything = fitted(config, split, circle())
    state = everything.state()
    # The last three items are those that training never showed, so they can be taken away and given back.
    new = torch.from_numpy(np.flatnonzero(~split.training.trained))
    order = torch.cat([torch.from_numpy(np.flatnonzero(split.training.trained)), new])
    n_known = N_ITEMS - len(new)
    fewer = {
        name: tensor[order[:n_known]] if tensor.shape[:1] == (N_ITEMS,) else tensor
        for name, tensor in state.tensors.items()
    }
    vectors = Vectors(circle().values[order.numpy()])
    extended = config.extend(State(fewer), given(config, vectors))
    assert extended is not None
    for name, tensor in extended.tensors.items():
        expected = state.tensors[name]
        torch.testing.assert_close(tensor, expected[order] if expected.shape[:1] == (N_ITEMS,) else expected)


def test_other_item_tables_and_the_control_take_no_further_items() -> None:
    split = with_new_items()
    for table in (Ids(), TEXT.model_copy(update={"permuted": True})):
        config = SMALL.model_copy(
            update={"item_table": table, "training": TRAINING.model_copy(update={"max_epochs": 1})}
        )
        state = fitted(config, split, circle()).state()
        assert config.extend(state, given(config, circle(N_ITEMS + 2))) is None


def test_nothing_is_learnt_where_nothing_can_be() -> None:
    split = random_split(N_ITEMS)
    model = fitted(with_table(SMALL, BOTH), split, circle())
    values = ndcg(place(model, split.test, split.training.rules), 10)
    n_unseen = N_ITEMS - split.test.prompts.lengths
    chance = float(np.mean((1 / np.log2(np.arange(2, 12))).sum() / n_unseen))
    assert values.mean() < chance + 4 * values.std() / len(values) ** 0.5


@pytest.mark.parametrize("config", NETWORKS, ids=lambda config: f"{config.name}-{config.loss.name}")
def test_an_interrupted_training_ends_in_the_very_bits(config: NeuralConfig) -> None:
    short = with_table(config, EXPERTS).model_copy(update={"training": TRAINING.model_copy(update={"max_epochs": 3})})
    data, ingredients = with_new_items().training, given(short, circle())
    whole, first, second = (short.build(N_ITEMS) for _ in range(3))
    list(whole.fit(data, ingredients, RUN))
    list(islice(first.fit(data, ingredients, RUN), 1))
    list(second.fit(data, ingredients, RUN, resume=first.checkpoint()))
    opened = short.build(N_ITEMS)
    opened.load(second.state(), Ingredients(), RUN)
    for name, tensor in whole.state().tensors.items():
        assert torch.equal(tensor, opened.state().tensors[name]), name


def test_a_network_has_learned_embeddings_with_initial_vectors_or_computed_ones_but_not_both() -> None:
    with pytest.raises(ValidationError, match="item_init initialises learned embeddings"):
        SASRec(item_table=BOTH, item_init={"source": {"encoder": "any"}})
    needs = SASRec(dim=DIM, item_table=BOTH).needs
    assert needs.vectors == {"item_table": SOURCE}
    assert needs.dims == {"item_table": DIM}


def test_the_estimate_of_memory_counts_the_computed_table() -> None:
    brief = SMALL.model_copy(update={"training": TRAINING.model_copy(update={"max_epochs": 1})})
    learned, computed = brief.build(N_ITEMS), with_table(brief, EXPERTS).build(N_ITEMS)
    for model in (learned, computed):
        list(model.fit(with_new_items().training, given(model.config, circle()), RUN))
    assert learned.footprint is not None
    assert computed.footprint is not None
    assert computed.footprint.activations > learned.footprint.activations

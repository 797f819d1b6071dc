from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.ranking import rank
from seqrec.evaluation.reference import sampled_rows, verify
from seqrec.evaluation.witness import Witness
from seqrec.models.base import Needs
from seqrec.models.decay import DECAYS
from seqrec.models.llm_seq_sim import Config
from seqrec.text.source import VectorSource
from seqrec.types import Vectors
from tests.seqrec.models.fitted import fitted, scores_of
from tests.synthetic import random_split, sequences_of, split_of

SOURCE = VectorSource(encoder="any")
N_ITEMS, DIM = 9, 5
PROMPTS = [[0, 3, 1], [2], [4, 4, 4, 5, 6, 7], [], [8], [8, 1]]


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """Return random vectors of different norms; the last one is zero."""
    values = np.random.default_rng(0).normal(size=(N_ITEMS, DIM)).astype(np.float32)
    values[-1] = 0.0
    return values


def scores(config: Config, values: np.ndarray) -> np.ndarray:
    split = split_of([[0, 1]], [], [], N_ITEMS)
    return scores_of(fitted(config, split, Vectors(values)), sequences_of(PROMPTS), N_ITEMS)


def slow_score(config: Config, values: np.ndarray, prompt: list[int], item: int) -> float:
    table = values.astype(float)
    if config.normalise:
        table = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
    n = len(prompt)
    weights = DECAYS[config.decay](np.arange(n, 0, -1), np.full(n, n))
    if config.strategy == "last":
        weights = np.eye(n)[-1] if n else weights
    query = weights @ table[prompt] / weights.sum() if n else np.zeros(DIM)
    if config.similarity == "euclidean":
        return float(1 / (1 + np.linalg.norm(query - table[item])))
    dot = float(query @ table[item])
    norms = np.linalg.norm(query) * np.linalg.norm(table[item])
    return dot if config.similarity == "dot" else dot / max(norms, 1e-12)


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize(
    ("strategy", "decay"),
    [("last", "none")] + [("mean", name) for name in DECAYS if name not in {"linear", "quadratic"}],
)
def test_agrees_with_the_slow_reference(
    values: np.ndarray, strategy: str, decay: str, similarity: str, normalise: bool
) -> None:
    config = Config(source=SOURCE, strategy=strategy, decay=decay, similarity=similarity, normalise=normalise)
    wanted = [[slow_score(config, values, prompt, item) for item in range(N_ITEMS)] for prompt in PROMPTS]
    assert scores(config, values) == pytest.approx(np.array(wanted), abs=1e-5)


def test_a_zero_vector_has_cosine_zero_and_nothing_is_nan(values: np.ndarray) -> None:
    found = scores(Config(source=SOURCE), values)
    assert np.isfinite(found).all()
    assert (found[:, -1] == 0).all()
    assert (found[PROMPTS.index([8])] == 0).all()


def test_the_last_item_is_nearest_to_itself(values: np.ndarray) -> None:
    for similarity in ("cosine", "euclidean"):
        found = scores(Config(source=SOURCE, strategy="last", similarity=similarity), values)
        assert found[0].argmax() == 1


def repeated(n_items: int, dim: int, length: float, shift: float) -> np.ndarray:
    """Return vectors around a common one; each occurs twice, like titles in a catalogue."""
    drawn = np.random.default_rng(0).normal(size=(n_items // 2, dim))
    drawn = drawn / np.linalg.norm(drawn, axis=1, keepdims=True) * length + shift
    return np.concatenate([drawn, drawn]).astype(np.float32)


@pytest.mark.parametrize(("length", "shift"), [(30.0, 0.0), (1000.0, 0.0), (1.0, 10.0)])
def test_distances_of_long_vectors_are_right_down_to_zero(length: float, shift: float) -> None:
    values = repeated(400, 64, length, shift)
    config = Config(source=SOURCE, strategy="last", similarity="euclidean", normalise=False)
    prompts = [[item] for item in range(200)]
    model = fitted(config, split_of([[0, 1]], [], [], 400), Vectors(values))
    found = scores_of(model, sequences_of(prompts), 400)
    exact = 1 / (1 + cdist(values[:200].astype(float), values.astype(float)))
    assert found == pytest.approx(exact, rel=1e-4)
    assert (found[:, :200].diagonal() == found[:, 200:].diagonal()).all()


def test_long_vectors_pass_the_reference() -> None:
    split = random_split(300, n_train=20, n_valid=5, n_test=40)
    config = Config(source=SOURCE, strategy="last", similarity="euclidean", normalise=False)
    model = fitted(config, split, Vectors(repeated(300, 256, 30.0, 0.0)))
    rules = replace(split.training.rules, exclude_seen=False)
    witness = Witness(sampled_rows(len(split.test), "key"), 300, model.device)
    judged = Judged(rank(model, split.test, rules, witness), split.test.targets, split.popularity)
    assert verify(judged, split.test, rules, witness, (10,), model.name) == 32


def test_it_needs_its_vectors() -> None:
    assert Config(source=SOURCE).needs == Needs(vectors={"items": SOURCE})

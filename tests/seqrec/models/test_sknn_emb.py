"""SKNNEmb against the steps of the paper, one prompt and one session at a time."""

import numpy as np
import pytest

from seqrec.models.decay import DECAYS
from seqrec.models.sknn_emb import Config
from seqrec.text.source import VectorSource
from seqrec.types import Vectors
from tests.seqrec.models.fitted import fitted, scores_of
from tests.synthetic import sequences_of, split_of

N_ITEMS, DIM = 12, 5
SOURCE = VectorSource(encoder="any")


def vectors() -> Vectors:
    """Return vectors, some of which point away from others."""
    return Vectors(np.random.default_rng(0).standard_normal((N_ITEMS, DIM)).astype(np.float32))


def rows(n: int, seed: int) -> list[list[int]]:
    """Return sessions, with repeated items."""
    rng = np.random.default_rng(seed)
    return [rng.integers(N_ITEMS - 1, size=rng.integers(1, 7)).tolist() for _ in range(n)]


def combined(items: list[int], strategy: str, decay: str, *, normalise: bool) -> np.ndarray:
    """Return the vector of a sequence."""
    values = vectors().values.astype(np.float64)
    if normalise:
        values /= np.linalg.norm(values, axis=1, keepdims=True)
    if strategy == "last":
        return values[items[-1]]
    n = len(items)
    weights = DECAYS[decay](np.arange(n, 0, -1), np.full(n, n))
    return np.asarray(weights @ values[items] / weights.sum())


def slow_scores(config: Config, sessions: list[list[int]], raw: list[int]) -> list[float]:
    """Return the scores of all items; samples must not be cut, since they are drawn."""
    prompt = list(dict.fromkeys(item for item in raw if any(item in session for session in sessions)))
    scores = [-np.inf] * N_ITEMS
    if not prompt:
        return scores
    asked = combined(prompt, config.prompt_strategy, config.prompt_decay, normalise=config.normalise)
    found = {}
    for number, session in enumerate(sessions):
        if config.candidates == "shared" and not set(session) & set(prompt):
            continue
        own = combined(session, config.session_strategy, config.session_decay, normalise=config.normalise)
        product = float(asked @ own)
        if config.similarity == "cosine":
            product /= float(np.linalg.norm(asked) * np.linalg.norm(own))
        if product > 0:
            found[number] = product
    for number in sorted(found, key=lambda one: -found[one])[: config.k]:
        for item in set(sessions[number]):
            scores[item] = max(scores[item], 0.0) + found[number]
    return scores


@pytest.mark.parametrize("candidates", ["shared", "all"])
@pytest.mark.parametrize("similarity", ["dot", "cosine"])
@pytest.mark.parametrize(
    ("prompt", "session"), [(("mean", "harmonic"), ("mean", "none")), (("last", "none"), ("mean", "linear"))]
)
@pytest.mark.parametrize("normalise", [True, False])
def test_agrees_with_the_slow_reference(
    candidates: str, similarity: str, prompt: tuple[str, str], session: tuple[str, str], normalise: bool
) -> None:
    config = Config.model_validate(
        {
            "source": SOURCE.model_dump(),
            "k": 4,
            "sample_size": 100,
            "candidates": candidates,
            "similarity": similarity,
            "prompt_strategy": prompt[0],
            "prompt_decay": prompt[1],
            "session_strategy": session[0],
            "session_decay": session[1],
            "normalise": normalise,
        }
    )
    sessions, prompts = rows(30, 1), [*rows(15, 2), [], [N_ITEMS - 1]]
    model = fitted(config, split_of(sessions, [], [], N_ITEMS), vectors())
    scores = scores_of(model, sequences_of(prompts), N_ITEMS)
    expected = [slow_scores(config, sessions, prompt) for prompt in prompts]
    np.testing.assert_allclose(scores, np.array(expected), rtol=1e-4, atol=1e-5)


def test_all_sessions_are_neighbours_even_without_a_shared_item() -> None:
    sessions, config = [[0, 1], [2, 3]], Config(source=SOURCE, candidates="all", k=2)
    values = np.eye(4, DIM, dtype=np.float32)
    values[2] = values[0]
    split = split_of(sessions, [], [], 4)
    found = scores_of(fitted(config, split, Vectors(values)), sequences_of([[0]]), 4)
    assert np.isfinite(found[0, 3])
    shared = scores_of(
        fitted(config.model_copy(update={"candidates": "shared"}), split, Vectors(values)), sequences_of([[0]]), 4
    )
    assert np.isneginf(shared[0, 3])

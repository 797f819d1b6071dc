import dataclasses
import itertools

import numpy as np
import pytest

from seqrec.digest import scramble
from seqrec.errors import ConfigError
from seqrec.models import neighbours
from seqrec.models.decay import DECAYS
from seqrec.models.ragged import hashes
from seqrec.models.sknn import Config
from seqrec.preparation.dates import FIRST_DATE_US
from seqrec.types import Split
from tests.seqrec.models.fitted import fitted, scores_of
from tests.synthetic import sequences_of, split_of, with_training

N_ITEMS = 12


def unique(items: list[int]) -> list[int]:
    return list(dict.fromkeys(items))


def draws(prompt: list[int], n_sessions: int, seed: int) -> list[int]:
    """Return the random numbers that decide between the sessions."""
    seeds = scramble(np.array([seed], np.uint64)) + np.arange(n_sessions, dtype=np.uint64)
    return scramble(hashes(sequences_of([prompt])) ^ scramble(seeds)).tolist()


def similarity(config: Config, prompt: list[int], session: list[int]) -> np.float32:
    n = len(prompt)
    weights = DECAYS[config.decay](np.arange(n, 0, -1), np.full(n, n))
    dot = sum(weight * session.count(item) for weight, item in zip(weights, prompt, strict=True))
    if config.similarity == "dot":
        return np.float32(dot)
    norm = np.sqrt(sum(session.count(item) ** 2 for item in unique(session)))
    return np.float32(dot / (np.sqrt((weights**2).sum()) * norm))


def slow_scores(config: Config, sessions: list[list[int]], ends: list[int], raw: list[int], seed: int) -> list[float]:
    """Compute the scores by the steps of the paper, one prompt and one session at a time."""
    known = {item for session in sessions for item in session}
    recent = raw if config.last_n_items is None else raw[-config.last_n_items :]
    recent = [item for item in recent if item in known]
    prompt = unique(recent)
    chance = draws(prompt, len(sessions), seed)
    sharing = [s for s, session in enumerate(sessions) if set(session) & set(prompt)]
    sharing.sort(key=lambda s: (-ends[s] if config.sampling == "recent" else 0, chance[s]))
    sampled = sharing[: config.sample_size]
    similarities = {s: similarity(config, prompt, sessions[s]) for s in sampled}
    neighbours = sorted(sampled, key=lambda s: (-similarities[s], chance[s]))[: config.k]
    followers = {b for session in sessions for a, b in itertools.pairwise(session) if recent and a == recent[-1]}
    scores = [-np.inf] * N_ITEMS
    for item in known if not config.sequential_filter else known & followers:
        holders = [s for s in neighbours if item in sessions[s]]
        if holders:
            total = 0.0
            for s in holders:
                latest = max(i + 1 for i, shared in enumerate(prompt) if shared in sessions[s])
                total += float(similarities[s]) * (latest / len(prompt) if config.sequential_weighting else 1)
            n_holding = sum(item in session for session in sessions)
            scores[item] = total * ((1 + np.log(len(sessions) / n_holding)) if config.idf_weighting else 1)
    return scores


def random_rows(rng: np.random.Generator, n: int, n_items: int) -> list[list[int]]:
    return [rng.integers(n_items, size=rng.integers(1, 7)).tolist() for _ in range(n)]


def small_split(seed: int) -> tuple[Split, list[list[int]], list[int]]:
    """Return a split with repeated items, equal end times, and an item that training never saw."""
    rng = np.random.default_rng(seed)
    sessions = random_rows(rng, 25, N_ITEMS - 1)
    split = split_of(sessions, [], [], N_ITEMS)
    ends = FIRST_DATE_US + rng.integers(5, size=len(sessions))
    times = np.repeat(ends, split.training.train.lengths)
    return (
        with_training(split, train=dataclasses.replace(split.training.train, times=times)),
        sessions,
        ends.tolist(),
    )


FLAGS = list(itertools.product([False, True], [False, True], [False, True], [None, 3]))


@pytest.mark.parametrize("decay", ["none", "linear", "log", "harmonic", "quadratic"])
@pytest.mark.parametrize("sim", ["dot", "cosine"])
@pytest.mark.parametrize("sampling", ["random", "recent"])
def test_agrees_with_the_slow_reference_under_every_flag(sampling: str, sim: str, decay: str) -> None:
    split, sessions, ends = small_split(0)
    prompts = [*random_rows(np.random.default_rng(1), 8, N_ITEMS), [], [N_ITEMS - 1], [3, 3, 5, 3]]
    for idf, weighting, following, last_n in FLAGS:
        config = Config(
            k=4,
            sample_size=7,
            sampling=sampling,
            similarity=sim,
            decay=decay,
            idf_weighting=idf,
            sequential_weighting=weighting,
            sequential_filter=following,
            last_n_items=last_n,
        )
        seed = 5 if config.stochastic else 0
        found = scores_of(fitted(config, split, seed=5), sequences_of(prompts), N_ITEMS)
        wanted = np.array([slow_scores(config, sessions, ends, prompt, seed) for prompt in prompts])
        assert np.array_equal(np.isfinite(found), np.isfinite(wanted)), config
        assert found == pytest.approx(wanted, rel=1e-6), config


def test_by_hand() -> None:
    split = split_of([[0, 1, 2], [1, 3], [4, 0]], [], [], 6)
    scores = scores_of(fitted(Config(similarity="dot", decay="harmonic"), split), sequences_of([[0, 1]]), 6)
    # Item 1 has weight 1, item 0 weight 1/2.
    assert scores[0].tolist() == [1.5 + 0.5, 1.5 + 1, 1.5, 1, 0.5, -np.inf]


def test_a_random_sample_takes_every_session_alike() -> None:
    n = 200
    split = split_of([[0, item] for item in range(1, n)], [], [], n)
    config = Config(k=20, sample_size=20)
    counts = sum(
        np.isfinite(scores_of(fitted(config, split, seed=seed), sequences_of([[0]]), n)[0, 1:]).astype(int)
        for seed in range(60)
    )
    assert counts.sum() == 60 * 20
    expected = 60 * 20 / (n - 1)
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    assert abs(chi_squared - (n - 1)) < 5 * np.sqrt(2 * (n - 1))


def test_the_sample_of_a_prompt_depends_on_the_seed_and_not_on_its_place() -> None:
    split = split_of([[0, item] for item in range(1, 50)], [], [], 50)
    config = Config(k=5, sample_size=5)
    alone = scores_of(fitted(config, split), sequences_of([[0]]), 50)[0]
    among = scores_of(fitted(config, split), sequences_of([[7], [0, 3], [0]]), 50)[2]
    other = scores_of(fitted(config, split, seed=1), sequences_of([[0]]), 50)[0]
    assert np.array_equal(alone, among)
    assert not np.array_equal(alone, other)


def test_recent_sampling_ignores_the_seed() -> None:
    config = Config(k=3, sample_size=5, sampling="recent")
    assert not config.stochastic
    split, _, _ = small_split(3)
    prompts = sequences_of([[0, 1, 2], [4]])
    first, second = (scores_of(fitted(config, split, seed=seed), prompts, N_ITEMS) for seed in (0, 1))
    assert np.array_equal(first, second)


def test_the_memory_budget_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    split, _, _ = small_split(2)
    prompts = sequences_of(random_rows(np.random.default_rng(3), 20, N_ITEMS))
    model = fitted(Config(k=3, sample_size=9, sequential_weighting=True), split)
    at_once = scores_of(model, prompts, N_ITEMS)
    monkeypatch.setattr(neighbours, "MAX_OVERLAPS", 5)
    assert np.array_equal(scores_of(model, prompts, N_ITEMS), at_once)


def test_recent_sessions_need_times_that_compare_across_users() -> None:
    split = split_of([[0, 1, 2], [1, 3], [4, 0]], [], [], 6)
    assert fitted(Config(sampling="random"), split) is not None
    with pytest.raises(ConfigError, match="positions of two users can't be compared") as caught:
        fitted(Config(sampling="recent"), split)
    assert caught.value.subject == "model sknn: sampling"

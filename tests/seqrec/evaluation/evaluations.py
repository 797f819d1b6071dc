"""Evaluations with chosen ranks, without any training."""

import numpy as np

from seqrec.evaluation.accuracy import ndcg
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.metrics import evaluate
from seqrec.evaluation.results import Evaluation, Fit, Machine
from seqrec.types import EpochReport, Lists, Places, Rankings, Split

PROTOCOL = "0123456789abcdef0123"
MACHINE = Machine("cpu", "float32", 2, "a processor")


def rankings_of(split: Split, better: np.ndarray, k: int = 20, seed: int = 0, n_pool: int | None = None) -> Rankings:
    """Return lists of random items, from the first `n_pool` if given, with targets at the ranks that `better` sets."""
    rng = np.random.default_rng(seed)
    n_cases = len(split.test)
    keys = rng.random((n_cases, split.n_items))
    keys[:, n_pool or split.n_items :] += 1.0
    keys[np.arange(n_cases), split.test.targets] = 3.0
    top = np.argsort(keys, axis=1)[:, :k].astype(np.int32)
    inside = np.flatnonzero(better < k)
    top[inside, better[inside]] = split.test.targets[inside]
    scores = np.tile(np.arange(k, 0, -1, dtype=np.float32), (n_cases, 1))
    return Rankings(Lists(top, scores), Places(better.astype(np.int64), np.ones(n_cases, np.int64)))


def evaluation_of(
    split: Split,
    label: str,
    better: np.ndarray,
    *,
    model: str | None = None,
    seed: int = 0,
    cutoffs: tuple[int, ...] = (1, 10, 20),
    n_epochs: int = 0,
    n_pool: int | None = None,
    duration_s: float = 0.5,
    protocol_digest: str = PROTOCOL,
    stochastic: bool = False,
) -> Evaluation:
    """Return an evaluation in which `better[i]` items rank above the target of case `i`."""
    rankings = rankings_of(split, better, max(cutoffs), seed, n_pool)
    rng = np.random.default_rng(seed)
    height = float(ndcg(rankings.places, 20).mean())
    epochs = tuple(
        EpochReport(
            "fit",
            epoch,
            7.0 / epoch**0.3 + wobble,
            {"ndcg_at_20": height * (1 - 0.8**epoch) + wobble / 50},
            0.4,
            epoch,
        )
        for epoch, wobble in enumerate(rng.normal(0.0, 0.05, n_epochs), 1)
    )
    fit = Fit(label, model or label, seed, duration_s, 1000, n_epochs or None, epochs, MACHINE)
    metrics = evaluate(Judged(rankings, split.test.targets, split.popularity), cutoffs)
    return Evaluation(label, model or label, seed, metrics, rankings, fit, protocol_digest, stochastic)

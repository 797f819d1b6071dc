"""The properties of a model's lists that guardrails look at."""

import time

import numpy as np
from jaxtyping import Int64

from seqrec.evaluation.ranking import recommend
from seqrec.evaluation.tiles import Scorer
from seqrec.serving.verdict import Lists
from seqrec.types import Cases, Rules
from seqrec.types import Lists as Recommended

N_TIMED = 512
"""The number of prompts whose answers are timed."""


def lists_of(
    model: Scorer, recommended: Recommended, cases: Cases, rules: Rules, popularity: Int64[np.ndarray, " n_items"]
) -> Lists:
    """Returns the properties of a model's lists.

    Args:
        model: The fitted model, which is timed here.
        recommended: Its lists for all cases.
        cases: The cases.
        rules: The rules of the lists.
        popularity: Interactions of each item.
    """
    items = recommended.items
    filled = items >= 0
    head = np.argsort(-popularity, kind="stable")[: max(1, len(popularity) // 100)]
    given = items[filled]
    prompts = cases.prompts.block(0, min(N_TIMED, len(cases)))
    started = time.perf_counter()
    recommend(model, prompts, rules)
    seconds = time.perf_counter() - started
    return Lists(
        coverage=len(np.unique(given)) / len(popularity),
        popular_share=float(np.isin(given, head).mean()) if len(given) else 0.0,
        filled_share=float(filled.mean()),
        latency_ms=1000.0 * seconds / max(1, len(prompts)),
    )

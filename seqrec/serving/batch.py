"""Lists for many users at once."""

import numpy as np
import polars as pl
from jaxtyping import Int64

from seqrec.evaluation.ranking import recommend
from seqrec.schema import ITEM, USER
from seqrec.serving.answers import Answerer
from seqrec.serving.user_histories import UserHistories
from seqrec.types import Rules

RANK = "rank"
SCORE = "score"
RULE = "rule"
SCHEMA = pl.Schema(
    {
        USER: pl.String(),
        RANK: pl.Int32(),
        ITEM: pl.String(),
        SCORE: pl.Float32(),
        RULE: pl.Enum(["model", "popular"]),
    }
)
"""One row per recommended item: user, rank from 1, item, score, and whether the model or the fallback made it."""


def score_users(answerer: Answerer, users: UserHistories, rows: Int64[np.ndarray, " n_rows"], k: int) -> pl.DataFrame:
    """Returns the lists of the users `rows`, in that order, with the columns of `SCHEMA`.

    A user without any item that the model knows gets the most popular items.
    """
    prompts = users.sequences.take(rows)
    prompts = prompts if answerer.max_history is None else prompts.tail(answerer.max_history)
    catalogue = answerer.catalogue
    k = min(k, len(catalogue))
    lists = recommend(answerer.model, prompts, Rules(k, catalogue.candidates, answerer.exclude_seen))
    items, scores = lists.items.copy(), lists.scores.copy()
    empty = prompts.lengths == 0
    popular = catalogue.popular[:k]
    items[empty], scores[empty] = -1, -np.inf
    items[np.ix_(empty, np.arange(len(popular)))] = popular
    scores[np.ix_(empty, np.arange(len(popular)))] = catalogue.counts[popular]
    listed, places = np.nonzero(items >= 0)
    item_ids = pl.Series(catalogue.item_ids.tolist(), dtype=pl.String)
    user_ids = pl.Series(users.user_ids[rows].tolist(), dtype=pl.String)
    return pl.DataFrame(
        {
            USER: user_ids.gather(listed),
            RANK: (places + 1).astype(np.int32),
            ITEM: item_ids.gather(items[listed, places]),
            SCORE: scores[listed, places],
            RULE: pl.Series(np.where(empty[listed], "popular", "model"), dtype=SCHEMA[RULE]),
        },
        schema=SCHEMA,
    )

"""Lists for many users at once, block by block."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from seqrec.evaluation.ranking import recommend
from seqrec.schema import ITEM, USER
from seqrec.serving.answers import Answerer
from seqrec.serving.user_histories import UserHistories
from seqrec.types import Rules

RANK = "rank"
SCORE = "score"
RULE = "rule"


@dataclass(frozen=True, slots=True)
class Block:
    """The lists of consecutive users."""

    number: int
    frame: pl.DataFrame
    """One row per recommended item: user, rank from 1, item, score, and whether the model or the fallback made it."""
    n_fallback: int
    """Users without any known item."""


def blocks_of(n_users: int, size: int) -> range:
    """Returns the first user of each block."""
    return range(0, n_users, size)


def score_block(answerer: Answerer, users: UserHistories, start: int, size: int, k: int) -> Block:
    """Returns the lists of the users from `start` on, at most `size` of them.

    A user without any item that the model knows gets the most popular items.
    """
    stop = min(start + size, len(users.user_ids))
    prompts = users.sequences.block(start, stop)
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
    rows, places = np.nonzero(items >= 0)
    item_ids = pl.Series(catalogue.item_ids.tolist(), dtype=pl.String)
    user_ids = pl.Series(users.user_ids[start:stop].tolist(), dtype=pl.String)
    frame = pl.DataFrame(
        {
            USER: user_ids.gather(rows),
            RANK: (places + 1).astype(np.int32),
            ITEM: item_ids.gather(items[rows, places]),
            SCORE: scores[rows, places],
            RULE: pl.Series(np.where(empty[rows], "popular", "model"), dtype=pl.Enum(["model", "popular"])),
        }
    )
    return Block(start // size, frame, int(empty.sum()))

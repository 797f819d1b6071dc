"""Lists that are carried over from an earlier scoring, because the history that they rest on has not changed."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Int64

from seqrec.schema import USER
from seqrec.serving.answers import Answerer
from seqrec.serving.batch import RANK, SCHEMA, score_users
from seqrec.serving.user_histories import UserHistories

HISTORY = "history"


def histories_of(users: UserHistories) -> pl.DataFrame:
    """Returns each user with a digest of the history, by which a later scoring finds out whose has changed."""
    return pl.DataFrame({USER: users.user_ids.tolist(), HISTORY: users.digests}, schema_overrides={USER: pl.String})


@dataclass(frozen=True)
class Carried:
    """The lists of an earlier scoring by the same model, and the users for whom they are still right."""

    lists: pl.LazyFrame
    """The columns of `batch.SCHEMA`."""
    unchanged: Bool[np.ndarray, " n_users"]

    @classmethod
    def of(cls, lists: pl.LazyFrame, before: pl.DataFrame, users: UserHistories) -> "Carried":
        """Finds the users whose history is that of the earlier scoring.

        Args:
            lists: The lists of the earlier scoring.
            before: Its users and their histories, as from `histories_of`.
            users: The histories of today.
        """
        now = histories_of(users)
        found = now.join(before, on=USER, how="left", maintain_order="left", suffix="_before")
        same = found[HISTORY] == found[f"{HISTORY}_before"]
        return cls(lists, same.fill_null(value=False).to_numpy())

    def score(
        self, answerer: Answerer, users: UserHistories, rows: Int64[np.ndarray, " n_rows"], k: int
    ) -> pl.DataFrame:
        """Returns the lists of the consecutive users `rows`, and scores only those whose history has changed."""
        own = self.unchanged[rows]
        stay = pl.DataFrame({USER: users.user_ids[rows[own]].tolist()}, schema={USER: pl.String})
        # Users are sorted, so that most files are skipped by the range of their ids.
        near = self.lists.filter(pl.col(USER).is_between(pl.lit(stay[USER].min()), pl.lit(stay[USER].max())))
        carried = near.collect().join(stay, on=USER, how="semi").cast(SCHEMA)
        return pl.concat([carried, score_users(answerer, users, rows[~own], k)]).sort(USER, RANK)

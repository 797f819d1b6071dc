"""A fitted model that answers in original ids."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Shaped

from seqrec.errors import ConfigError
from seqrec.evaluation.ranking import recommend
from seqrec.library.arguments import expect
from seqrec.library.data import Columns
from seqrec.library.frames import DataFrame, is_frame, like
from seqrec.library.histories import Histories, read_histories, to_frame, to_lists
from seqrec.models.base import Recommender
from seqrec.types import Rules


@dataclass(frozen=True, slots=True, repr=False)
class NamedModel:
    """A fitted model that knows the ids of its items and the rules of its lists, and needs no split to recommend."""

    recommender: Recommender
    item_ids: Shaped[np.ndarray, " n_items"]
    """The original ids of the items, as text, in the order of their codes."""
    rules: Rules
    """How lists are made under the protocol that it was fitted under."""
    max_history: int | None
    """Events of a history that the protocol keeps; None for all."""
    columns: Columns
    """How the user's own frames call their columns."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.recommender.name}: {len(self.item_ids):,} items)"

    def recommend(self, histories: Histories, k: int = 10, *, exclude_seen: bool | None = None) -> DataFrame:
        """Returns the best items for each history.

        Args:
            histories: A frame of polars or pandas with the columns for users and items that were read, and perhaps
                times (otherwise events are in the order of the rows); or a list of lists of item ids, oldest first.
            k: Length of a list; there may be fewer items that can be recommended.
            exclude_seen: Whether items of the history may not be recommended; as in the protocol if left out.

        Returns:
            A frame of the same library, with user, rank (from 1), item and score; or a list of lists of item ids.

        Raises:
            ConfigError: `k` is not a whole number of at least 1.
            DataError: A column is missing, or no row can be used.

        Warns:
            SeqrecWarning: Some events have items that the model does not know, or can't be used.
        """
        expect(k, int, "recommend: k", "a whole number")
        if k < 1:
            raise ConfigError("recommend", got=f"k={k}", expected="at least 1", remedy="Ask for one item or more.")
        prompts = read_histories(histories, self.item_ids, self.columns, stacklevel=2)
        sequences = prompts.sequences if self.max_history is None else prompts.sequences.tail(self.max_history)
        exclude_seen = self.rules.exclude_seen if exclude_seen is None else exclude_seen
        lists = recommend(
            self.recommender, sequences, replace(self.rules, k=min(k, len(self.item_ids)), exclude_seen=exclude_seen)
        )
        if not is_frame(histories):
            return to_lists(lists, prompts, self.item_ids)
        return like(to_frame(lists, prompts, self.item_ids, self.columns), histories)

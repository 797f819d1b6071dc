"""A fitted model, as a notebook holds it."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Shaped

from seqrec.errors import ConfigError
from seqrec.evaluation.ranking import recommend
from seqrec.library.arguments import expect
from seqrec.library.data import Columns
from seqrec.library.frames import DataFrame, is_frame, like
from seqrec.library.histories import Histories, read_histories, to_frame, to_lists
from seqrec.library.split import PreparedSplit
from seqrec.models.base import ModelConfig, Recommender
from seqrec.types import EpochReport, Rules


@dataclass(frozen=True, slots=True, repr=False)
class Model:
    """A fitted model that knows the ids of its items."""

    config: ModelConfig
    recommender: Recommender
    reports: tuple[EpochReport, ...]
    """One per epoch; none for a model without epochs."""
    item_ids: Shaped[np.ndarray, " n_items"]
    """The original ids of the items, as text, in the order of their codes."""
    rules: Rules
    """How lists are made under the protocol that it was fitted under."""
    max_history: int | None
    """Events of a history that the protocol keeps; None for all."""
    columns: Columns
    """How the user's own frames call their columns."""
    learnt_from_valid: bool
    """Whether it learnt from the validation cases, so that they can't judge it."""
    training_digest: str
    """The training data that it learnt from."""

    def __repr__(self) -> str:
        epochs = f", best epoch {self.reports[-1].best_epoch}" if self.reports else ""
        return f"Model({self.config.name}: {len(self.item_ids):,} items{epochs})"

    def check_split(self, split: PreparedSplit) -> None:
        """See that a split has the training data that the model learnt from, so that its test is new to the model.

        Raises:
            ConfigError: It has others.
        """
        if split.training_digest != self.training_digest:
            raise ConfigError(
                f"model {self.config.name}",
                got="a split whose items or training sequences are not those of the model",
                expected="the split that the model was fitted on",
                remedy="Fit the model on this split.",
            )

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

"""The items that a model recommends, by their original ids."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int32, Int64, Shaped


@dataclass(frozen=True)
class Catalogue:
    """The items of a vocabulary, in the order of their codes."""

    item_ids: Shaped[np.ndarray, " n_items"]
    titles: tuple[str | None, ...]
    """Their titles; None where the dump has none."""
    counts: Int64[np.ndarray, " n_items"]
    """Interactions of each item in the data that the model learnt from."""
    candidates: Bool[np.ndarray, " n_items"]
    """Items that may be recommended."""

    def __len__(self) -> int:
        return len(self.item_ids)

    def codes(self, item_ids: Iterable[str]) -> Int32[np.ndarray, " n_known"]:
        """Returns the codes of the items that are known, in the given order; others are left out."""
        found = (self._codes.get(item_id) for item_id in item_ids)
        return np.array([code for code in found if code is not None], np.int32)

    def is_known(self, item_id: str) -> bool:
        """Returns whether the model knows an item."""
        return item_id in self._codes

    @cached_property
    def popular(self) -> Int32[np.ndarray, " n_candidates"]:
        """The candidates, the one with the most interactions first; equal counts are in the order of the codes."""
        order = np.argsort(-self.counts, kind="stable").astype(np.int32)
        popular: Int32[np.ndarray, " n_candidates"] = order[self.candidates[order]]
        return popular

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {item_id: code for code, item_id in enumerate(self.item_ids.tolist())}

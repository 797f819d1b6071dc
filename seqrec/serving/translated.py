"""A model in the codes of another vocabulary, so that a model of yesterday can be judged on the cases of today."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int32, Shaped
from torch import Tensor

from seqrec.models.base import Recommender
from seqrec.types import Rules, Sequences


class Translated:
    """A fitted model that is asked and answers in the codes of a newer vocabulary.

    Items that the model does not know are left out of prompts, and are never recommended. It has the part of a model's
    interface that ranking needs.

    Args:
        model: The fitted model.
        own: Item ids in the order of the model's codes.
        theirs: Item ids in the order of the new codes.
    """

    def __init__(
        self,
        model: Recommender,
        own: Shaped[np.ndarray, " n_own"],
        theirs: Shaped[np.ndarray, " n_theirs"],
    ) -> None:
        self._model = model
        place = {item_id: code for code, item_id in enumerate(own.tolist())}
        self._to_own = np.array([place.get(item_id, -1) for item_id in theirs.tolist()], np.int32)
        self._n_own = len(own)

    @property
    def name(self) -> str:
        """The name of the model."""
        return self._model.name

    @property
    def device(self) -> torch.device:
        """The device of the model's scores."""
        return self._model.device

    def encode(self, prompts: Sequences, rules: Rules) -> Any:  # noqa: ANN401 - each model's own form
        """Returns the model's queries for the items of the prompts that it knows."""
        candidates = np.zeros(self._n_own, bool)
        open_to_all = self._to_own[rules.candidates & (self._to_own >= 0)]
        candidates[open_to_all] = True
        return self._model.encode(self._own(prompts), Rules(rules.k, candidates, rules.exclude_seen))

    def score(self, queries: Any, start: int, stop: int) -> Float[Tensor, "n_prompts n_scored"]:  # noqa: ANN401
        """Returns the scores of the new items from `start` up to `stop`; minus infinity for those it does not know."""
        own = self._to_own[start:stop].astype(np.int64)
        known = np.flatnonzero(own >= 0)
        # Codes are a permutation that depends on the items, so the columns may lie anywhere.
        first, last = (int(own[known].min()), int(own[known].max()) + 1) if len(known) else (0, 1)
        scores = self._model.score(queries, first, last)
        answer = torch.full((len(scores), len(own)), -torch.inf, dtype=scores.dtype, device=scores.device)
        columns = torch.from_numpy(own[known] - first).to(self.device)
        answer[:, torch.from_numpy(known).to(self.device)] = scores[:, columns]
        return answer

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float[Tensor, "n_prompts n_shown"]:
        """Returns the scores of the shown items; minus infinity for those that the model does not know."""
        own = np.where(shown >= 0, self._to_own[shown], -1)
        scores = self._model.score_shown(self._own(prompts), own.astype(np.int32))
        return scores.masked_fill(torch.from_numpy(own < 0).to(scores.device), -torch.inf)

    def _own(self, prompts: Sequences) -> Sequences:
        items = self._to_own[prompts.items]
        known = items >= 0
        kept = prompts.keep(known)
        return Sequences(kept.offsets, items[known], kept.times, kept.users)

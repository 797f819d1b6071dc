"""A record of the scores that a model gave to some of the cases while it was ranked.

The check against the slow reference reads it, so that no model is called twice, or paid for twice.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Int32, Int64
from torch import Tensor


@dataclass(frozen=True, slots=True)
class WitnessedRows:
    """The kept cases of one block."""

    scores: Float32[Tensor, "n_kept n_items"]
    """The scores of all kept cases, which `keep` writes to."""
    own: Int64[Tensor, " n_here"]
    """The rows of these cases in `scores`."""
    rows: Int64[Tensor, " n_here"]
    """The rows of these cases in the block."""

    def keep(self, scores: Float32[Tensor, "n_prompts n_tile"], start: int) -> None:
        """Keeps the model's scores of a tile of the catalogue that begins with the item `start`."""
        self.scores[self.own, start : start + scores.shape[1]] = scores[self.rows]


class Witness:
    """Keeps the scores of some cases on the device where they are computed.

    Args:
        rows: The cases to keep, ascending.
        n_items: The number of items of the catalogue.
        device: The device of the model's scores.
    """

    def __init__(self, rows: Int64[np.ndarray, " n_kept"], n_items: int, device: torch.device) -> None:
        self.rows = rows
        self._scores = torch.full((len(rows), n_items), -torch.inf, device=device)

    @property
    def scores(self) -> Float32[np.ndarray, "n_kept n_items"]:
        """The model's scores; minus infinity for items that it did not score."""
        return self._scores.cpu().numpy()

    def of(self, rows: Int64[np.ndarray, " n_block"]) -> WitnessedRows | None:
        """Returns the kept cases among those of a block; None if there are none."""
        own, places = self._common(rows)
        if not len(own):
            return None
        device = self._scores.device
        return WitnessedRows(self._scores, torch.from_numpy(own).to(device), torch.from_numpy(places).to(device))

    def keep_shown(
        self,
        rows: Int64[np.ndarray, " n_block"],
        shown: Int32[np.ndarray, "n_block n_shown"],
        scores: Float32[np.ndarray, "n_block n_shown"],
    ) -> None:
        """Keeps the model's scores of the candidates that are shown with the cases of a block."""
        for own, place in zip(*self._common(rows), strict=True):
            there = shown[place] >= 0
            answers = torch.from_numpy(scores[place, there]).to(self._scores.device)
            self._scores[own, torch.from_numpy(shown[place, there]).long()] = answers

    def _common(
        self, rows: Int64[np.ndarray, " n_block"]
    ) -> tuple[Int64[np.ndarray, " n_here"], Int64[np.ndarray, " n_here"]]:
        """Returns the places of a block's kept cases among all kept cases, and in the block."""
        _, own, places = np.intersect1d(self.rows, rows, assume_unique=True, return_indices=True)
        return own.astype(np.int64), places.astype(np.int64)

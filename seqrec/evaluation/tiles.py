"""The scores of some prompts, tile by tile of the catalogue, with a mask of what may not be recommended.

Masked pairs are sorted on the CPU, so that nothing has to wait for the device to count those of a tile.
"""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Float32, Int32, Int64, Integer
from torch import Tensor

from seqrec.evaluation.witness import WitnessedRows
from seqrec.types import Rules, Sequences


@runtime_checkable
class Scorer(Protocol):
    """The part of a model's interface that ranking needs; see `seqrec.models.base.Recommender`."""

    @property
    def name(self) -> str:
        """The name of the model in messages."""

    @property
    def device(self) -> torch.device:
        """The device of the scores."""

    def encode(self, prompts: Sequences, rules: Rules) -> Any:  # noqa: ANN401 - each model's own form
        """Returns queries for a block of prompts."""

    def score(self, queries: Any, start: int, stop: int) -> Float[Tensor, "n_prompts n_scored"]:  # noqa: ANN401
        """Returns scores of the items `start` to `stop`; higher is better, minus infinity is never recommended."""

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float[Tensor, "n_prompts n_shown"]:
        """Returns scores of the candidates that are shown with each prompt; they are arbitrary where `shown` is -1."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of prompts and items, in the order of the items."""

    rows: Int64[Tensor, " n_pairs"]
    items: Int64[Tensor, " n_pairs"]
    bounds: tuple[int, ...]
    """The pairs of tile `t` are those from `bounds[t]` to `bounds[t + 1]`."""

    @classmethod
    def of(
        cls,
        rows: Integer[np.ndarray, " n_pairs"],
        items: Integer[np.ndarray, " n_pairs"],
        edges: range,
        device: torch.device,
    ) -> "Pairs":
        """Returns the pairs on `device`; tile `t` starts with the item `edges[t]`."""
        order = np.argsort(items, kind="stable")
        bounds = np.searchsorted(items[order], np.array(edges)).tolist()
        on_device = torch.from_numpy(np.stack([rows[order], items[order]]).astype(np.int64)).to(device)
        return cls(on_device[0], on_device[1], (*bounds, len(items)))

    def of_tile(self, tile: int) -> tuple[Int64[Tensor, " n_in_tile"], Int64[Tensor, " n_in_tile"]]:
        """Returns the prompts and items of one tile."""
        part = slice(self.bounds[tile], self.bounds[tile + 1])
        return self.rows[part], self.items[part]


@dataclass(frozen=True, slots=True)
class Tiles:
    """The scores of a block of prompts, as ranking sees them."""

    model: Scorer
    queries: Any
    n_items: int
    edges: range
    """The first item of each tile."""
    barred: Pairs
    """The items that are recommended to nobody; their prompts are meaningless."""
    seen: Pairs | None
    """The items that are not recommended for a prompt."""
    witness: WitnessedRows | None = None

    def __len__(self) -> int:
        return len(self.edges)

    def scores(self, tile: int) -> Float32[Tensor, "n_prompts n_tile"]:
        """Returns the scores of one tile; minus infinity where an item may not be recommended."""
        start = self.edges[tile]
        stop = min(start + self.edges.step, self.n_items)
        scores = self.model.score(self.queries, start, stop).to(torch.float32)
        if self.witness is not None:
            self.witness.keep(scores, start)
        _, barred = self.barred.of_tile(tile)
        scores.index_fill_(1, barred - start, -torch.inf)
        if self.seen is not None:
            rows, items = self.seen.of_tile(tile)
            scores[rows, items - start] = -torch.inf
        return scores

"""Where each target stands in a model's order of the catalogue, and the best items of that order.

Prompts are taken in blocks and the catalogue in tiles, so that memory grows neither with the number of
cases nor with that of items, but for the lists themselves.

Rules, the same for every model:

* Items outside `candidates` are never recommended; with `exclude_seen`, neither is an item of the prompt. A
  target that may not be recommended is a miss, even if it is the model's favourite.
* Minus infinity means "not recommended"; such a target is a miss with `tied` 0.
* Scores are compared as 32-bit floats. `better` and `tied` are counts, from which the metrics take the
  expectation over a uniformly random order of tied items: a constant scorer gets exactly chance.
* The kept list breaks ties by item index, which is a fixed pseudo-random permutation of the ids.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int32, Int64
from torch import Tensor

from seqrec.errors import TrainingError
from seqrec.evaluation.topk import best
from seqrec.types import Cases, Rankings, Sequences

MAX_PROMPTS = 1024
"""Prompts scored at once."""
MIN_PROMPTS = 64
"""Fewest prompts of a block but the last: with less, a matrix product only waits for the catalogue."""
MAX_SCORES = 2**24
"""Scores held at once: 64 MiB, and about four times that with the copies and comparisons made from them."""


@runtime_checkable
class Scorer(Protocol):
    """What ranking needs of a model; see `seqrec.models.base.Recommender`."""

    @property
    def name(self) -> str:
        """The name that the model goes by in messages."""

    def encode(self, prompts: Sequences) -> Any:  # noqa: ANN401 - each model's own form
        """Queries for a block of prompts."""

    def score(self, queries: Any, start: int, stop: int) -> Float[Tensor, "n_prompts n_scored"]:  # noqa: ANN401
        """Scores of the items `start` to `stop`, higher is better; minus infinity is never recommended."""


def rank(
    model: Scorer,
    cases: Cases,
    *,
    candidates: Bool[np.ndarray, " n_items"],
    k: int,
    exclude_seen: bool,
    sampled: Int32[np.ndarray, "n_cases n_negatives"] | None = None,
) -> Rankings:
    """Rank the catalogue for each case and find the target in it.

    Args:
        model: A fitted model.
        cases: Prompts and their targets.
        candidates: Items that may be recommended.
        k: Length of the lists to keep.
        exclude_seen: Whether items of the prompt may not be recommended.
        sampled: Negatives of each case. Where given, only these and the target may be recommended.

    Raises:
        TrainingError: The model scores an item with NaN.
    """
    n_items = len(candidates)
    n_prompts = int(np.clip(MAX_SCORES // n_items, MIN_PROMPTS, MAX_PROMPTS))
    rankings = Rankings(
        top_items=np.full((len(cases), k), -1, np.int32),
        top_scores=np.full((len(cases), k), -np.inf, np.float32),
        better=np.zeros(len(cases), np.int64),
        tied=np.zeros(len(cases), np.int64),
    )
    barred = torch.from_numpy(np.flatnonzero(~candidates))
    for start in range(0, len(cases), n_prompts):
        rows = slice(start, min(start + n_prompts, len(cases)))
        prompts, targets = (
            cases.prompts.block(rows.start, rows.stop),
            torch.from_numpy(cases.targets[rows]).long(),
        )
        with torch.inference_mode():
            block = _Block(
                model=model,
                queries=model.encode(prompts),
                n_items=n_items,
                width=MAX_SCORES // n_prompts,
                barred=barred,
                seen=torch.from_numpy(np.stack([prompts.rows, prompts.items])) if exclude_seen else None,
                kept=None if sampled is None else torch.cat([targets[:, None], torch.from_numpy(sampled[rows])], 1),
            )
            items, scores, better, tied = _rank_block(block, targets, k)
        width = items.shape[1]
        rankings.top_items[rows, :width] = items.cpu().numpy()
        rankings.top_scores[rows, :width] = scores.cpu().numpy()
        rankings.better[rows], rankings.tied[rows] = better.cpu().numpy(), tied.cpu().numpy()
    return rankings


@dataclass(frozen=True, slots=True)
class _Block:
    """The scores of some prompts, tile by tile: pairs of a tile's first item and the scores of its items."""

    model: Scorer
    queries: Any
    n_items: int
    width: int
    barred: Int64[Tensor, " n_barred"]
    seen: Int64[Tensor, "2 n_events"] | None
    """Prompt and item of each event."""
    kept: Int64[Tensor, "n_prompts n_kept"] | None

    def __iter__(self) -> Iterator[tuple[int, Float32[Tensor, "n_prompts n_tile"]]]:
        for start in range(0, self.n_items, self.width):
            yield start, self._tile(start, min(start + self.width, self.n_items))

    def _tile(self, start: int, stop: int) -> Float32[Tensor, "n_prompts n_tile"]:
        # A copy, because a model may hand out a view of what it has learnt.
        scores = self.model.score(self.queries, start, stop).to(torch.float32, copy=True)
        if scores.numel() and bool(scores.amax().isnan()):
            raise TrainingError(
                f"scores of {self.model.name}",
                got="NaN",
                expected="a number, or minus infinity for an item that is never recommended",
                remedy="Training diverged, or item vectors hold NaN: lower the rate, or check the vectors.",
            )
        barred = self.barred[(self.barred >= start) & (self.barred < stop)] - start
        scores[:, barred.to(scores.device)] = -torch.inf
        if self.seen is not None:
            rows, items = self.seen[:, (self.seen[1] >= start) & (self.seen[1] < stop)].to(scores.device)
            scores[rows, items - start] = -torch.inf
        if self.kept is not None:
            rows, columns = ((self.kept >= start) & (self.kept < stop)).nonzero(as_tuple=True)
            items = (self.kept[rows, columns] - start).to(scores.device)
            rows = rows.to(scores.device)
            sample = torch.full_like(scores, -torch.inf)
            sample[rows, items] = scores[rows, items]
            return sample
        return scores


def _rank_block(
    block: _Block, targets: Int64[Tensor, " n_prompts"], k: int
) -> tuple[
    Int64[Tensor, "n_prompts n_top"],
    Float32[Tensor, "n_prompts n_top"],
    Int64[Tensor, " n_prompts"],
    Int64[Tensor, " n_prompts"],
]:
    """Best items and their scores, candidates better than the target, candidates tied with it."""
    # A catalogue of several tiles is scored twice: nothing can be counted before the target's score is known,
    # which must be the very number in its tile, as a product of another shape may differ in the last bit.
    tiles: Iterable[tuple[int, Tensor]] = list(block) if block.n_items <= block.width else block
    target_scores = _scores_of(targets, tiles)
    limit = target_scores[:, None]
    better = torch.zeros_like(target_scores, dtype=torch.int64)
    tied = torch.zeros_like(better)
    items = better.new_empty((len(targets), 0))
    scores = target_scores.new_empty((len(targets), 0))
    for start, tile in tiles:
        better += (tile > limit).sum(1, dtype=torch.int32)
        tied += (tile == limit).sum(1, dtype=torch.int32)
        tile_items, tile_scores = best(tile, min(k, tile.shape[1]))
        # Tiles come in the order of their items, so a stable sort keeps the lower index first among equals.
        scores, order = torch.cat([scores, tile_scores], 1).sort(dim=1, descending=True, stable=True)
        items = torch.cat([items, tile_items + start], 1).gather(1, order)
        items, scores = items[:, :k], scores[:, :k]
    missed = target_scores == -torch.inf
    return items.masked_fill(scores == -torch.inf, -1), scores, better, tied.masked_fill(missed, 0)


def _scores_of(
    targets: Int64[Tensor, " n_prompts"], tiles: Iterable[tuple[int, Tensor]]
) -> Float32[Tensor, " n_prompts"]:
    """The score of each prompt's target, as it stands in its tile."""
    found = None
    for start, tile in tiles:
        targets = targets.to(tile.device)
        found = tile.new_full((len(targets),), -torch.inf) if found is None else found
        here = (targets >= start) & (targets < start + tile.shape[1])
        found[here] = tile[here, targets[here] - start]
    assert found is not None, "a catalogue has at least one item"
    return found

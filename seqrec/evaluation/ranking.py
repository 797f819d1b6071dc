"""Where each target stands in a model's order of the catalogue, and the best items of that order.

Prompts are taken in blocks and the catalogue in tiles, so that memory grows neither with the number of
cases nor with that of items, but for the lists themselves. Everything is done where the scores are, and what
is found is fetched from there once.

Rules, the same for every model:

* Items outside `candidates` are never recommended; with `exclude_seen`, neither is an item of the prompt. A
  target that may not be recommended is a miss, even if it is the model's favourite.
* Minus infinity means "not recommended"; such a target is a miss with `tied` 0.
* Scores are compared as 32-bit floats. `better` and `tied` are counts, from which the metrics take the
  expectation over a uniformly random order of tied items: a constant scorer gets exactly chance.
* The kept list breaks ties by item index, which is a fixed pseudo-random permutation of the ids.

`reference` is the same once more, slow and plain.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int32, Int64
from torch import Tensor

from seqrec.errors import TrainingError
from seqrec.evaluation.blocks import block_size
from seqrec.evaluation.tiles import Pairs, Scorer, Tiles
from seqrec.evaluation.topk import best
from seqrec.types import Cases, Rankings

FLAGS = {"cpu": torch.float32, "cuda": torch.bool}
"""Type of the outcomes of comparisons that are counted: on a CPU floats are twice as fast as bytes (and exact up to
2^24 of them), on a GPU the fewer bytes are."""


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
        TrainingError: The model scores an item that may be recommended with NaN.
    """
    n_items, device = len(candidates), model.device
    size = block_size(n_items, device)
    edges = range(0, n_items, size.n_items)
    barred_items = np.flatnonzero(~candidates)
    barred = Pairs.of(barred_items, barred_items, edges, device)
    order = _order(cases, size.n_items)
    width = min(k, n_items)
    top_items = torch.empty(len(cases), width, dtype=torch.int32, device=device)
    top_scores = torch.empty(len(cases), width, device=device)
    counts = torch.empty(2, len(cases), dtype=torch.int64, device=device)
    for start in range(0, len(cases), size.n_prompts):
        block = slice(start, start + size.n_prompts)
        rows = order[block]
        prompts, targets = cases.prompts.take(rows), cases.targets[rows]
        with torch.inference_mode():
            tiles = Tiles(
                model=model,
                queries=model.encode(prompts),
                n_items=n_items,
                edges=edges,
                barred=barred,
                seen=Pairs.of(prompts.rows, prompts.items, edges, device) if exclude_seen else None,
                kept=None if sampled is None else _choices(targets, sampled[rows], edges, device),
            )
            top_items[block], top_scores[block], counts[:, block] = _rank_block(tiles, targets, width, device)
    if bool(top_scores[:, :1].isnan().any()):
        raise TrainingError(
            f"scores of {model.name}",
            got="NaN",
            expected="a number, or minus infinity for an item that is never recommended",
            remedy="Training diverged, or item vectors hold NaN: lower the rate, or check the vectors.",
        )
    rankings = Rankings(
        top_items=np.full((len(cases), k), -1, np.int32),
        top_scores=np.full((len(cases), k), -np.inf, np.float32),
        better=np.empty(len(cases), np.int64),
        tied=np.empty(len(cases), np.int64),
    )
    rankings.top_items[order, :width] = top_items.cpu().numpy()
    rankings.top_scores[order, :width] = top_scores.cpu().numpy()
    rankings.better[order], rankings.tied[order] = counts.cpu().numpy()
    return rankings


def _order(cases: Cases, n_tile: int) -> Int64[np.ndarray, " n_cases"]:
    """The order in which cases are answered.

    Cases whose targets share a tile stand together, as only tiles with targets are scored twice; among them those whose
    prompts are of like length, as networks answer these without padding.
    """
    return np.lexsort([cases.prompts.lengths, cases.targets // n_tile])


def _choices(
    targets: Int32[np.ndarray, " n_prompts"],
    negatives: Int32[np.ndarray, "n_prompts n_negatives"],
    edges: range,
    device: torch.device,
) -> Pairs:
    """The target and the negatives of each prompt."""
    items = np.concatenate([targets[:, None], negatives], axis=1)
    rows = np.repeat(np.arange(len(items)), items.shape[1])
    return Pairs.of(rows, items.ravel(), edges, device)


def _rank_block(
    tiles: Tiles, targets: Int32[np.ndarray, " n_prompts"], k: int, device: torch.device
) -> tuple[Int32[Tensor, "n_prompts k"], Float32[Tensor, "n_prompts k"], Int64[Tensor, "2 n_prompts"]]:
    """Best items and their scores; candidates better than the target, and candidates tied with it."""
    only = tiles.scores(0) if len(tiles) == 1 else None
    target_scores = _target_scores(tiles, targets, only, device)
    limit = target_scores[:, None]
    counts = torch.zeros(2, len(targets), dtype=torch.int64, device=device)
    items = torch.empty(len(targets), 0, dtype=torch.int64, device=device)
    scores = torch.empty(len(targets), 0, device=device)
    for tile, start in enumerate(tiles.edges):
        found = tiles.scores(tile) if only is None else only
        tile_items, tile_scores = best(found, min(k, found.shape[1]))
        # Tiles come in the order of their items, so a stable sort keeps the lower index first among equals.
        scores, order = torch.cat([scores, tile_scores], 1).sort(dim=1, descending=True, stable=True)
        items = torch.cat([items, tile_items + start], 1).gather(1, order)
        items, scores = items[:, :k], scores[:, :k]
        flags = torch.empty_like(found, dtype=FLAGS[device.type])
        counts[0] += torch.gt(found, limit, out=flags).sum(1).to(torch.int64)
        counts[1] += torch.eq(found, limit, out=flags).sum(1).to(torch.int64)
    counts[1].masked_fill_(target_scores == -torch.inf, 0)
    return items.masked_fill(scores == -torch.inf, -1).to(torch.int32), scores, counts


def _target_scores(
    tiles: Tiles, targets: Int32[np.ndarray, " n_prompts"], only: Tensor | None, device: torch.device
) -> Float32[Tensor, " n_prompts"]:
    """The score of each prompt's target, as it stands in its tile.

    Nothing can be counted before it is known, and it must be the very number in its tile, as a product of another
    shape may differ in the last bit. So tiles with targets are scored twice, unless there is one tile only.
    """
    step = tiles.edges.step
    wanted = torch.from_numpy(targets.astype(np.int64)).to(device)
    scores = torch.full((len(targets),), -torch.inf, device=device)
    for tile in np.unique(targets // step).tolist():
        found = tiles.scores(tile) if only is None else only
        places = wanted - tiles.edges[tile]
        here = (places >= 0) & (places < found.shape[1])
        values = found.gather(1, places.clamp(0, found.shape[1] - 1)[:, None])[:, 0]
        scores = torch.where(here, values, scores)
    return scores

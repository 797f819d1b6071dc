"""The lists that a model recommends, and the place of each target in its order of the candidates.

`recommend` makes lists and needs no targets. `place` counts the candidates above a target. `rank` does both at
once, since both need the scores, which take most of the time.

Prompts are processed in blocks and the catalogue in tiles, so that memory grows neither with the number of cases
nor with that of items, except for the lists themselves. Everything is computed on the device of the scores, and
the results are copied from it once. If candidates are shown (`Cases.shown`), a model scores only these.

The rules are the same for every model:

* Items outside `candidates` are never recommended; with `exclude_seen`, neither is an item of the prompt. A
  target that may not be recommended is a miss, even if it is the model's favourite.
* Minus infinity means "not recommended"; such a target is a miss and has `tied` 0.
* Scores are compared as 32-bit floats. `better` and `tied` are counts, from which the metrics compute the expectation
  over a uniformly random order of tied items: a constant scorer gets exactly chance.
* The kept list breaks ties by item index, which is a fixed pseudo-random permutation of the ids.

`reference` does the same again in a slow and plain way.
"""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float32, Int32, Int64
from torch import Tensor

from seqrec import stop
from seqrec.errors import TrainingError
from seqrec.evaluation import shown
from seqrec.evaluation.blocks import block_size
from seqrec.evaluation.tiles import Pairs, Scorer, Tiles
from seqrec.evaluation.topk import best
from seqrec.evaluation.witness import Witness
from seqrec.types import Cases, Lists, Places, Rankings, Rules, Sequences

FLAGS = {"cpu": torch.float32, "cuda": torch.bool}
"""The type of the outcomes of comparisons that are counted: floats are twice as fast as bytes on a CPU (and exact up
to 2^24 of them), and bytes are faster on a GPU."""


def recommend(model: Scorer, prompts: Sequences, rules: Rules) -> Lists:
    """Returns the best items for each prompt.

    Raises:
        TrainingError: The model gives a NaN score to an item that may be recommended.
    """
    return _answer(model, prompts, rules, None, None).lists


def place(model: Scorer, cases: Cases, rules: Rules) -> Places:
    """Returns the place of each target; no lists are made, so `rules.k` does not matter.

    Raises:
        TrainingError: The model gives a NaN score to an item that may be recommended.
    """
    return rank(model, cases, replace(rules, k=1)).places


def rank(model: Scorer, cases: Cases, rules: Rules, witness: Witness | None = None) -> Rankings:
    """Makes a list for each case, and finds the target in the model's order of the candidates.

    Args:
        model: A fitted model.
        cases: The prompts and their targets; if candidates are shown, only these are ranked.
        rules: The rules of the lists.
        witness: Records the model's answers to some of the cases, for a check.

    Raises:
        TrainingError: The model gives a NaN score to an item that may be recommended.
    """
    if cases.shown is not None:
        rankings = shown.rank_shown(model, cases, rules, witness)
        _check(model, rankings.lists.scores[:, :1])
        return rankings
    return _answer(model, cases.prompts, rules, cases.targets, witness)


def _answer(
    model: Scorer,
    prompts: Sequences,
    rules: Rules,
    targets: Int32[np.ndarray, " n_prompts"] | None,
    witness: Witness | None,
) -> Rankings:
    """Returns lists for all prompts, and the places of their targets, which are meaningless without targets."""
    n_items, device, n_prompts = len(rules.candidates), model.device, len(prompts)
    size = block_size(n_items, device)
    edges = range(0, n_items, size.n_items)
    barred_items = np.flatnonzero(~rules.candidates)
    barred = Pairs.of(barred_items, barred_items, edges, device)
    order = _order(prompts, targets, size.n_items)
    width = min(rules.k, n_items)
    items = torch.empty(n_prompts, width, dtype=torch.int32, device=device)
    scores = torch.empty(n_prompts, width, device=device)
    counts = torch.zeros(2, n_prompts, dtype=torch.int64, device=device)
    for start in range(0, n_prompts, size.n_prompts):
        stop.check()
        block = slice(start, start + size.n_prompts)
        rows = order[block]
        asked = prompts.take(rows)
        with torch.inference_mode():
            tiles = Tiles(
                model=model,
                queries=model.encode(asked, rules),
                n_items=n_items,
                edges=edges,
                barred=barred,
                seen=Pairs.of(asked.rows, asked.items, edges, device) if rules.exclude_seen else None,
                witness=None if witness is None else witness.of(rows),
            )
            wanted = None if targets is None else targets[rows]
            items[block], scores[block], counts[:, block] = _answer_block(tiles, wanted, len(rows), width, device)
    # A NaN comes before every number.
    _check(model, scores[:, :1])
    lists = Lists(np.full((n_prompts, rules.k), -1, np.int32), np.full((n_prompts, rules.k), -np.inf, np.float32))
    places = Places(np.empty(n_prompts, np.int64), np.empty(n_prompts, np.int64))
    lists.items[order, :width] = items.cpu().numpy()
    lists.scores[order, :width] = scores.cpu().numpy()
    places.better[order], places.tied[order] = counts.cpu().numpy()
    return Rankings(lists, places)


def _check(model: Scorer, best_scores: Float32[Tensor, "n_prompts 1"] | Float32[np.ndarray, "n_prompts 1"]) -> None:
    if bool(torch.as_tensor(best_scores).isnan().any()):
        raise TrainingError(
            f"scores of {model.name}",
            got="NaN",
            expected="a number, or minus infinity for an item that is never recommended",
            remedy="Training diverged, or item vectors contain NaN: lower the learning rate, or check the vectors.",
        )


def _order(
    prompts: Sequences, targets: Int32[np.ndarray, " n_prompts"] | None, n_tile: int
) -> Int64[np.ndarray, " n_prompts"]:
    """Returns the order in which prompts are processed.

    Cases whose targets share a tile are grouped, since only tiles with targets are scored twice. Within a group
    they are sorted by the length of the prompt, since networks process prompts of similar length without much
    padding.
    """
    tiles = np.zeros(len(prompts), np.int64) if targets is None else targets // n_tile
    return np.lexsort([prompts.lengths, tiles])


def _answer_block(
    tiles: Tiles, targets: Int32[np.ndarray, " n_prompts"] | None, n_prompts: int, k: int, device: torch.device
) -> tuple[Int32[Tensor, "n_prompts k"], Float32[Tensor, "n_prompts k"], Int64[Tensor, "2 n_prompts"]]:
    """Returns the best items, their scores, and the numbers of candidates better than and tied with the target."""
    only = tiles.scores(0) if len(tiles) == 1 else None
    target_scores = None if targets is None else _target_scores(tiles, targets, only, device)
    counts = torch.zeros(2, n_prompts, dtype=torch.int64, device=device)
    items = torch.empty(n_prompts, 0, dtype=torch.int64, device=device)
    scores = torch.empty(n_prompts, 0, device=device)
    for tile, start in enumerate(tiles.edges):
        stop.check()
        found = tiles.scores(tile) if only is None else only
        tile_items, tile_scores = best(found, min(k, found.shape[1]))
        # Tiles are in the order of their items, so a stable sort keeps the lower index first among equals.
        scores, order = torch.cat([scores, tile_scores], 1).sort(dim=1, descending=True, stable=True)
        items = torch.cat([items, tile_items + start], 1).gather(1, order)
        items, scores = items[:, :k], scores[:, :k]
        if target_scores is not None:
            limit, flags = target_scores[:, None], torch.empty_like(found, dtype=FLAGS[device.type])
            counts[0] += torch.gt(found, limit, out=flags).sum(1).to(torch.int64)
            counts[1] += torch.eq(found, limit, out=flags).sum(1).to(torch.int64)
    if target_scores is not None:
        counts[1].masked_fill_(target_scores == -torch.inf, 0)
    return items.masked_fill(scores == -torch.inf, -1).to(torch.int32), scores, counts


def _target_scores(
    tiles: Tiles, targets: Int32[np.ndarray, " n_prompts"], only: Tensor | None, device: torch.device
) -> Float32[Tensor, " n_prompts"]:
    """Returns the score of each prompt's target, exactly as in its tile.

    Counting needs this score first, and it must be the same number as in the tile, since a product of another
    shape may differ in the last bit. So tiles with targets are scored twice, unless there is only one tile.
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

"""Ranks of the floor models' targets, by counting what stands above them instead of scoring the catalogue.

A floor gives every item one score, but for the few that followed the prompt's last item. So the items above a
target are known from one sorted list and these few, and the exact ranks of `evaluation.ranking.rank` cost
thousands of times less.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64
from scipy.sparse import csr_array

from seqrec.audit.sample import sample
from seqrec.evaluation.config import FLOORS
from seqrec.models.markov import Config as MarkovConfig
from seqrec.models.most_popular import Config as MostPopularConfig
from seqrec.models.ragged import last_items, pieces
from seqrec.models.recency import Config as RecencyConfig
from seqrec.types import Rankings, Run, Sequences, Split

MAX_CASES = 50_000
"""Test cases that floors are ranked on; of more, a sample by a fixed seed."""

MAX_PAIRS = 4_000_000
"""Pairs of a case and an item that are held at once, at about 50 bytes each."""

RUN = Run(seed=0, device=torch.device("cpu"))


@dataclass(frozen=True, slots=True)
class Floor:
    """The scores of a fitted floor."""

    base: Float32[np.ndarray, " n_items"]
    """Of items that did not follow the last one."""
    followers: csr_array | None = None
    """Counts of what followed each item, one empty row for no item; added to `base`."""


def floor_rankings(split: Split) -> Mapping[str, Rankings]:
    """For each floor, where the targets of `sampled_cases` stand; the lists themselves are left empty."""
    rows = sampled_cases(split)
    return {name: _in_blocks(floor, split, rows) for name, floor in zip(FLOORS, _fitted(split), strict=True)}


def sampled_cases(split: Split) -> Int64[np.ndarray, " n_sampled"]:
    """The test cases that floors are ranked on, ascending."""
    return sample(np.arange(len(split.test), dtype=np.int64), MAX_CASES, "cases")


def _in_blocks(floor: Floor, split: Split, rows: Int64[np.ndarray, " n_cases"]) -> Rankings:
    """The ranks of many cases, a few million followers at a time: an item can be followed by all others."""
    costs = split.test.prompts.lengths[rows]
    if floor.followers is not None:
        last = last_items(split.test.prompts.take(rows), missing=split.n_items)
        costs = costs + np.diff(floor.followers.indptr)[last]
    blocks = [ranks(floor, split, rows[start:stop]) for start, stop in pieces(costs.astype(np.int64), MAX_PAIRS)]
    return Rankings(
        np.concatenate([block.top_items for block in blocks]),
        np.concatenate([block.top_scores for block in blocks]),
        np.concatenate([block.better for block in blocks]),
        np.concatenate([block.tied for block in blocks]),
    )


def ranks(floor: Floor, split: Split, rows: Int64[np.ndarray, " n_cases"]) -> Rankings:
    """Candidates above each target and tied with it, under the rules of `evaluation.ranking`."""
    asked = _Asked(floor, split.test.prompts.take(rows))
    cases, targets = np.arange(len(rows)), split.test.targets[rows].astype(np.int64)
    limits = asked.scores(cases, targets)
    seen_cases, seen_items = asked.distinct if split.exclude_seen else (cases[:0], targets[:0])
    seen = seen_cases * split.n_items + seen_items
    if split.sampled is None:
        better, tied = asked.of_catalogue(limits, split.candidates)
        for sign, of_cases, of_items, scores in (
            (1, asked.cases, asked.items, asked.above),
            (-1, asked.cases, asked.items, floor.base[asked.items]),
            (-1, seen_cases, seen_items, asked.scores(seen_cases, seen_items)),
        ):
            allowed = split.candidates[of_items]
            limit = limits[of_cases]
            better += sign * np.bincount(of_cases[allowed & (scores > limit)], minlength=len(rows))
            tied += sign * np.bincount(of_cases[allowed & (scores == limit)], minlength=len(rows))
    else:
        negatives = split.sampled[rows].astype(np.int64)
        of_cases = np.repeat(cases, negatives.shape[1])
        scores = asked.scores(of_cases, negatives.ravel())
        drawn = of_cases * split.n_items + negatives.ravel()
        # A target that was drawn as its own negative is ranked once.
        barred = np.isin(drawn, seen) | ~split.candidates[negatives.ravel()] | (negatives.ravel() == targets[of_cases])
        scores = np.where(barred, -np.inf, scores).reshape(negatives.shape)
        better = (scores > limits[:, None]).sum(axis=1)
        tied = 1 + (scores == limits[:, None]).sum(axis=1)
    answered = split.candidates[targets] & ~np.isin(cases * split.n_items + targets, seen)
    empty = np.empty((len(rows), 0))
    return Rankings(empty.astype(np.int32), empty.astype(np.float32), better, np.where(answered, tied, 0))


class _Asked:
    """A floor asked about some prompts: the events of the followers of their last items, as (case, item, score)."""

    def __init__(self, floor: Floor, prompts: Sequences) -> None:
        self._base, self._n_items = floor.base, len(floor.base)
        self._prompts = prompts
        self.cases = self.items = np.empty(0, np.int64)
        self.above = np.empty(0, np.float32)
        if floor.followers is not None:
            found = floor.followers[last_items(prompts, missing=self._n_items)]
            found.sort_indices()
            self.cases = np.repeat(np.arange(len(prompts)), np.diff(found.indptr))
            self.items = found.indices.astype(np.int64)
            self.above = (found.data + floor.base[self.items].astype(np.float64)).astype(np.float32)
        self._keys = self.cases * self._n_items + self.items

    @property
    def distinct(self) -> tuple[Int64[np.ndarray, " n_pairs"], Int64[np.ndarray, " n_pairs"]]:
        """Case and item of every pair that a prompt holds, each once."""
        pairs = np.unique(self._prompts.rows * self._n_items + self._prompts.items)
        return pairs // self._n_items, pairs % self._n_items

    def scores(
        self, cases: Int64[np.ndarray, " n_pairs"], items: Int64[np.ndarray, " n_pairs"]
    ) -> Float32[np.ndarray, " n_pairs"]:
        """The score of one item in one case, for many pairs."""
        scores: Float32[np.ndarray, " n_pairs"] = self._base[items]
        if len(self._keys):
            wanted = cases * self._n_items + items
            places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
            found = self._keys[places] == wanted
            scores[found] = self.above[places[found]]
        return scores

    def of_catalogue(
        self, limits: Float32[np.ndarray, " n_cases"], candidates: Bool[np.ndarray, " n_items"]
    ) -> tuple[Int64[np.ndarray, " n_cases"], Int64[np.ndarray, " n_cases"]]:
        """Candidates above each limit, and at it, as if nothing followed anything."""
        ordered = np.sort(self._base[candidates])
        first, last = (np.searchsorted(ordered, limits, side=side) for side in ("left", "right"))
        return len(ordered) - last, last - first


def _fitted(split: Split) -> tuple[Floor, ...]:
    popular, recent = (config.build(split.n_items) for config in (MostPopularConfig(), RecencyConfig()))
    markov = MarkovConfig().build(split.n_items)
    for model in (popular, recent, markov):
        model.load(model.learn(split, None, RUN), RUN)
    # The order of FLOORS.
    return (
        Floor(popular.scores.numpy()),
        Floor(recent.scores.numpy()),
        Floor(markov.back_off.astype(np.float32), markov.followers),
    )

"""Recommendations for histories of original ids.

A history may hold items that the model does not know: they are left out, and counted. If nothing is left, the answer is
the declared fallback, the most popular items of the data that the model learnt from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int32

from seqrec.evaluation.ranking import recommend
from seqrec.evaluation.shown import rank_shown
from seqrec.models.base import Recommender
from seqrec.serving.catalogue import Catalogue
from seqrec.types import Cases, Lists, Rules, Sequences

Rule = Literal["model", "popular"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The list for one history, best first."""

    item_ids: tuple[str, ...]
    titles: tuple[str | None, ...]
    scores: tuple[float, ...]
    """Scores of the model; in a fallback, the numbers of interactions."""
    rule: Rule
    """What made the list: the model, or the fallback."""
    n_unknown: int
    """Items of the history that the model does not know."""


@dataclass(frozen=True)
class Answerer:
    """A fitted model together with the ids and titles of its items."""

    model: Recommender
    catalogue: Catalogue
    exclude_seen: bool
    """Whether items of the history are excluded, as in the protocol under which the model was compared."""
    max_history: int | None
    """Events of a history that the protocol keeps; None for all."""

    def answer(
        self,
        histories: Sequence[Sequence[str]],
        k: int,
        candidates: Sequence[Sequence[str] | None] | None = None,
    ) -> list[Answer]:
        """Returns the best items for each history.

        Args:
            histories: Item ids of each user, oldest first.
            k: Length of a list; it is shorter if there are fewer items that may be recommended.
            candidates: The only items that may be recommended to each user, who may be offered fewer than `k` then;
                None for a user, or for all, leaves every item open. Ids that the model does not know are left out.
        """
        k = min(k, len(self.catalogue))
        rows = [self.catalogue.codes(history) for history in histories]
        prompts = sequences_of(rows)
        prompts = prompts if self.max_history is None else prompts.tail(self.max_history)
        asked = [None] * len(rows) if candidates is None else list(candidates)
        answers: dict[int, Answer] = {}
        for some in (False, True):
            chosen = np.array([row for row, own in enumerate(asked) if (own is not None) == some], np.int64)
            known = chosen[prompts.lengths[chosen] > 0]
            shown = [self.catalogue.codes(own) for row in known if (own := asked[row]) is not None]
            lists = self._lists(prompts.take(known), k, shown if some else None)
            for place, row in enumerate(known.tolist()):
                items, scores = lists.items[place], lists.scores[place]
                there = items >= 0
                n_unknown = len(histories[row]) - len(rows[row])
                answers[row] = self._answer(items[there], scores[there], "model", n_unknown)
        for row, own in enumerate(asked):
            if row not in answers:
                answers[row] = self._fallback(k, own, len(histories[row]))
        return [answers[row] for row in range(len(rows))]

    def support(self, history: Sequence[str], item_id: str) -> dict[str, float]:
        """Returns how much each known item of a history, alone, speaks for an item.

        That is the item's score after it, less the item's score after nothing: what everybody gets has no reason.

        Args:
            history: Item ids, oldest first.
            item_id: A known item.
        """
        alone = [self.catalogue.codes([one]) for one in dict.fromkeys(history) if self.catalogue.is_known(one)]
        if not alone:
            return {}
        nothing = np.zeros(0, np.int32)
        wanted = np.repeat(self.catalogue.codes([item_id])[None, :], len(alone) + 1, axis=0)
        *scores, without = self.model.score_shown(sequences_of([*alone, nothing]), wanted)[:, 0].tolist()
        return {str(self.catalogue.item_ids[one[0]]): score - without for one, score in zip(alone, scores, strict=True)}

    def _lists(self, prompts: Sequences, k: int, shown: list[Int32[np.ndarray, " _n_shown"]] | None) -> Lists:
        rules = Rules(k, self.catalogue.candidates, self.exclude_seen)
        if not len(prompts):
            return Lists(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
        if shown is None:
            return recommend(self.model, prompts, rules)
        offered = np.full((len(shown), max(1, *map(len, shown)) if shown else 1), -1, np.int32)
        for row, own in enumerate(shown):
            distinct = np.unique(own)
            offered[row, : len(distinct)] = distinct
        # Without a target, only the lists mean something.
        nobody = np.full(len(prompts), -1, np.int32)
        cases = Cases(prompts, nobody, nobody.astype(np.int64), offered)
        return rank_shown(self.model, cases, replace(rules, k=min(k, offered.shape[1]))).lists

    def _fallback(self, k: int, own: Sequence[str] | None, n_unknown: int) -> Answer:
        popular = self.catalogue.popular
        if own is not None:
            popular = popular[np.isin(popular, self.catalogue.codes(own))]
        items = popular[:k]
        return self._answer(items, self.catalogue.counts[items].astype(np.float32), "popular", n_unknown)

    def _answer(
        self, items: Int32[np.ndarray, " n"], scores: Float32[np.ndarray, " n"], rule: Rule, n_unknown: int
    ) -> Answer:
        return Answer(
            tuple(map(str, self.catalogue.item_ids[items])),
            tuple(self.catalogue.titles[item] for item in items.tolist()),
            tuple(scores.tolist()),
            rule,
            n_unknown,
        )


def sequences_of(rows: Sequence[Int32[np.ndarray, " _length"]]) -> Sequences:
    """Returns one sequence per row of codes, with the places of the events as their times."""
    lengths = np.array([len(row) for row in rows], np.int64)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    items = np.concatenate([*rows, np.zeros(0, np.int32)]).astype(np.int32)
    times = np.arange(len(items), dtype=np.int64)
    return Sequences(offsets, items, times, np.arange(len(rows), dtype=np.int32))

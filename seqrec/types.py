"""The values that flow through the program: frozen, slotted, shapes in the annotations.

Encoded items are indices into `Vocabulary.item_ids`; raw ids are strings and called `item_ids`.
Times are microseconds since 1970-01-01 UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int32, Int64, Shaped


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The raw ids behind the encoded ones.

    The order of items is a fixed pseudo-random permutation: an index says nothing about time, popularity or the
    order of the dump, so no model and no tie can learn from it.
    """

    item_ids: Shaped[np.ndarray, " n_items"]
    user_ids: Shaped[np.ndarray, " n_users"]

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.item_ids)

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.user_ids)


@dataclass(frozen=True, slots=True)
class Sequences:
    """Item sequences, oldest event first, stored one after the other.

    Sequence `s` is `items[offsets[s]:offsets[s + 1]]` and belongs to `users[s]`.
    """

    offsets: Int64[np.ndarray, " n_offsets"]
    items: Int32[np.ndarray, " n_events"]
    times: Int64[np.ndarray, " n_events"]
    users: Int32[np.ndarray, " n_sequences"]

    def __len__(self) -> int:
        return len(self.users)

    @property
    def n_events(self) -> int:
        """Number of events over all sequences."""
        return len(self.items)

    @property
    def lengths(self) -> Int64[np.ndarray, " n_sequences"]:
        """Number of events of each sequence."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> Int64[np.ndarray, " n_events"]:
        """The sequence that each event belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @property
    def ages(self) -> Int64[np.ndarray, " n_events"]:
        """Distance of each event from the end of its sequence; the most recent event has age 1."""
        return np.repeat(self.offsets[1:], self.lengths) - np.arange(self.n_events, dtype=np.int64)

    def sequence(self, row: int) -> Int32[np.ndarray, " length"]:
        """The items of one sequence."""
        return self.items[self.offsets[row] : self.offsets[row + 1]]

    def take(self, rows: Int64[np.ndarray, " n_taken"]) -> "Sequences":
        """The sequences `rows`, in that order."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
        events = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1], dtype=np.int64)
        return Sequences(offsets, self.items[events], self.times[events], self.users[rows])

    def block(self, start: int, stop: int) -> "Sequences":
        """The consecutive sequences `start` to `stop`, without copying events."""
        first, last = self.offsets[start], self.offsets[stop]
        return Sequences(
            self.offsets[start : stop + 1] - first,
            self.items[first:last],
            self.times[first:last],
            self.users[start:stop],
        )

    def tail(self, max_len: int) -> "Sequences":
        """Every sequence cut to its last `max_len` events."""
        return self.keep(self.ages <= max_len)

    def keep(self, events: Bool[np.ndarray, " n_events"]) -> "Sequences":
        """Every sequence without the events that are false in `events`; sequences may become empty."""
        lengths = np.bincount(self.rows[events], minlength=len(self))
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
        return Sequences(offsets, self.items[events], self.times[events], self.users)


@dataclass(frozen=True, slots=True)
class Cases:
    """Questions with one right answer: which item follows the prompt?"""

    prompts: Sequences
    targets: Int32[np.ndarray, " n_cases"]
    target_times: Int64[np.ndarray, " n_cases"]

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True, slots=True)
class Split:
    """Prepared data under one protocol.

    `fit` is a part of `train`. A model that stops early learns from `fit` and is judged on `valid`; a model that has
    nothing to select learns from `train`, and so does a refit.
    """

    vocabulary: Vocabulary
    fit: Sequences
    train: Sequences
    valid: Cases
    test: Cases
    candidates: Bool[np.ndarray, " n_items"]
    """Items that may be recommended."""
    counts: Int64[np.ndarray, " n_items"]
    """Interactions of each item, for novelty, serendipity and popularity slices, as the protocol counts them."""
    exclude_seen: bool = True
    """Whether items of the prompt may not be recommended again."""
    refit: bool = False
    """Whether a model that stops early is trained once more, on `train`, for the epochs that `valid` chose."""
    shuffled: bool = False
    """Whether items stand where their users did not meet them, in training or in the prompts of the test."""
    sampled: Int32[np.ndarray, "n_cases n_negatives"] | None = None
    """The frozen negatives of each test case, where the protocol ranks against a sample."""

    @property
    def n_items(self) -> int:
        """Number of items of the vocabulary, candidates or not."""
        return self.vocabulary.n_items

    @property
    def trained(self) -> Bool[np.ndarray, " n_items"]:
        """Items that training has seen."""
        return np.bincount(self.train.items, minlength=self.n_items) > 0


@dataclass(frozen=True, slots=True)
class Vectors:
    """One vector per item of a vocabulary, in its order."""

    values: Float32[np.ndarray, "n_items dim"]

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return int(self.values.shape[1])


@dataclass(frozen=True, slots=True)
class Texts:
    """One text per item of a vocabulary, in its order."""

    item_ids: Shaped[np.ndarray, " n_items"]
    texts: tuple[str, ...]
    missing: Bool[np.ndarray, " n_items"]
    """Items whose metadata gave nothing to write, so that their text is the declared placeholder."""


@dataclass(frozen=True, slots=True)
class Rankings:
    """What a model answered to each case, compactly.

    An item whose score is minus infinity is not recommended at all.
    """

    top_items: Int32[np.ndarray, "n_cases k"]
    """Best items first; -1 where the model recommends fewer than k."""
    top_scores: Float32[np.ndarray, "n_cases k"]
    better: Int64[np.ndarray, " n_cases"]
    """Candidates that score strictly higher than the target."""
    tied: Int64[np.ndarray, " n_cases"]
    """Candidates that score exactly as the target, itself included; 0 where the target is not recommended at all."""

    def __len__(self) -> int:
        return len(self.better)


@dataclass(frozen=True, slots=True)
class State:
    """Everything needed to rebuild an object: tensors, and JSON-able facts beside them. Never a pickle."""

    tensors: Mapping[str, torch.Tensor]
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What one pass of training gave."""

    phase: Literal["fit", "refit"]
    epoch: int
    """Counted from 1 in each phase."""
    loss: float
    """Mean training loss per predicted position, in nats."""
    valid: Mapping[str, float]
    """Validation metrics by name, such as `ndcg_at_20`; empty in a refit, which has nothing to select."""
    duration_s: float
    best_epoch: int
    """The epoch whose weights the model would hold if training ended here: the one with the best validation so far, or
    the latest where the configuration keeps that."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a model is run, as opposed to what it is: never part of a configuration or a key, but for the seed."""

    seed: int
    device: torch.device

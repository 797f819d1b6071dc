"""The values that flow through the program, frozen and slotted; the annotations give the shapes.

Encoded items are indices into `Vocabulary.item_ids`; raw ids are strings and are called `item_ids`. Times are
microseconds since 1970-01-01 UTC.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64, Shaped

from seqrec.json_value import Value

if TYPE_CHECKING:
    # Whoever only reads results needs no PyTorch.
    import torch


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The raw ids behind the encoded ones.

    The order of items is a fixed pseudo-random permutation: an index says nothing about time, popularity or the
    order of the dump, so no model can learn from it and no tie is decided by it.
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
    """Item sequences, oldest event first, stored end to end.

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
        """Returns the items of one sequence."""
        return self.items[self.offsets[row] : self.offsets[row + 1]]

    def take(self, rows: Int64[np.ndarray, " n_taken"]) -> "Sequences":
        """Returns the sequences `rows`, in that order."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
        events = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1], dtype=np.int64)
        return Sequences(offsets, self.items[events], self.times[events], self.users[rows])

    def block(self, start: int, stop: int) -> "Sequences":
        """Returns the consecutive sequences from `start` up to `stop`, without copying events."""
        first, last = self.offsets[start], self.offsets[stop]
        return Sequences(
            self.offsets[start : stop + 1] - first,
            self.items[first:last],
            self.times[first:last],
            self.users[start:stop],
        )

    def tail(self, max_len: int) -> "Sequences":
        """Returns every sequence cut to its last `max_len` events."""
        return self.keep(self.ages <= max_len)

    def keep(self, events: Bool[np.ndarray, " n_events"]) -> "Sequences":
        """Returns every sequence without the events that are false in `events`; sequences may become empty."""
        lengths = np.bincount(self.rows[events], minlength=len(self))
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
        return Sequences(offsets, self.items[events], self.times[events], self.users)


@dataclass(frozen=True, slots=True)
class Cases:
    """Questions with one right answer: which item follows the prompt?"""

    prompts: Sequences
    targets: Int32[np.ndarray, " n_cases"]
    target_times: Int64[np.ndarray, " n_cases"]
    shown: Int32[np.ndarray, "n_cases n_shown"] | None = None
    """The candidates of each case in a seeded order, the target among them; -1 pads shorter rows. None if the whole
    catalogue is ranked."""

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, rows: Int64[np.ndarray, " n_taken"]) -> "Cases":
        """Returns the cases `rows`, in that order."""
        shown = None if self.shown is None else self.shown[rows]
        return Cases(self.prompts.take(rows), self.targets[rows], self.target_times[rows], shown)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules by which a list of recommendations is made."""

    k: int
    """Length of the list."""
    candidates: Bool[np.ndarray, " n_items"]
    """Items that may be recommended."""
    exclude_seen: bool = True
    """Whether items of the prompt are excluded from the list."""


@dataclass(frozen=True, slots=True)
class Training:
    """Everything that a model may learn from. Nothing in it comes from the test.

    `fit` is a part of `train`. A model that stops early learns from `fit` and is validated on `valid`; a model
    without early stopping learns from `train`, and so does a refit.
    """

    vocabulary: Vocabulary
    fit: Sequences
    train: Sequences
    valid: Cases
    rules: Rules
    """The rules of validation, which are also those of the test."""
    refit: bool = False
    """Whether a model that stops early is trained once more, on `train`, for the epochs that `valid` chose."""
    max_history: int | None = None
    """Events to which histories are cut, here and in prompts; None if they are whole."""

    @property
    def n_items(self) -> int:
        """Number of items of the vocabulary, candidates or not."""
        return self.vocabulary.n_items

    @property
    def counts(self) -> Int64[np.ndarray, " n_items"]:
        """Interactions of each item in `train`."""
        return np.bincount(self.train.items, minlength=self.n_items)

    @property
    def trained(self) -> Bool[np.ndarray, " n_items"]:
        """Items that occur in `train`."""
        return self.counts > 0


@dataclass(frozen=True, slots=True)
class Split:
    """The data prepared under one protocol: what models learn from, and the cases that they are tested on."""

    training: Training
    test: Cases
    popularity: Int64[np.ndarray, " n_items"]
    """Interactions of each item as the protocol counts them, with or without those of the test; used for novelty,
    serendipity and slices by popularity. Models never read it."""
    shuffled: bool = False
    """Whether the true order of items was shuffled, in training or in the prompts of the test."""

    @property
    def n_items(self) -> int:
        """Number of items of the vocabulary, candidates or not."""
        return self.training.n_items


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
    """Items without usable metadata, whose text is the declared placeholder."""


@dataclass(frozen=True, slots=True)
class Features:
    """The metadata of the items of a vocabulary: lists of value ids, field by field."""

    fields: Mapping[str, "FeatureField"]
    """The fields by column of the item table, such as `brand` and `categories`."""


@dataclass(frozen=True, slots=True)
class FeatureField:
    """The values of one field: item `i` has `values[offsets[i]:offsets[i + 1]]`, in the order of the dump."""

    names: tuple[str, ...]
    """The text of each value id."""
    offsets: Int64[np.ndarray, " n_offsets"]
    values: Int32[np.ndarray, " n_entries"]

    @property
    def multi_hot(self) -> Bool[np.ndarray, "n_items n_values"]:
        """Whether each item has each value."""
        table = np.zeros((len(self.offsets) - 1, len(self.names)), bool)
        table[np.repeat(np.arange(len(table)), np.diff(self.offsets)), self.values] = True
        return table


@dataclass(frozen=True, slots=True)
class Lists:
    """Recommended items, one row per prompt, best first."""

    items: Int32[np.ndarray, "n_prompts k"]
    """Item indices, padded with -1 where a model recommends fewer than k."""
    scores: Float32[np.ndarray, "n_prompts k"]
    """The scores of the items; minus infinity at the padding."""

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Places:
    """The place of each case's target among the candidates."""

    better: Int64[np.ndarray, " n_cases"]
    """Candidates that score strictly higher than the target."""
    tied: Int64[np.ndarray, " n_cases"]
    """Candidates with exactly the target's score, itself included; 0 if the target is not recommended at all."""

    def __len__(self) -> int:
        return len(self.better)


@dataclass(frozen=True, slots=True)
class Rankings:
    """A model's answers to all cases, in compact form."""

    lists: Lists
    places: Places

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: Int64[np.ndarray, " n_taken"]) -> "Rankings":
        """Returns the rankings of the cases `rows`, in that order."""
        lists, places = self.lists, self.places
        return Rankings(Lists(lists.items[rows], lists.scores[rows]), Places(places.better[rows], places.tied[rows]))


@dataclass(frozen=True, slots=True)
class State:
    """Everything that is needed to rebuild an object: tensors and JSON-serialisable facts, never a pickle."""

    tensors: Mapping[str, "torch.Tensor"]
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EpochReport(Value):
    """The results of one epoch of training."""

    phase: Literal["fit", "refit"]
    epoch: int
    """The number of the epoch, from 1 in each phase."""
    loss: float
    """Mean training loss per predicted position, in nats."""
    valid: Mapping[str, float]
    """Validation metrics by name, such as `ndcg_at_20`; empty in a refit, which selects nothing."""
    duration_s: float
    best_epoch: int
    """The epoch whose weights the model would keep if training ended here: the one with the best validation so far, or
    the latest if the configuration keeps that."""


OnStep = Callable[[int, int], None]
"""Receives the number of steps of an epoch that are done, and the number of all its steps."""


def no_action(done: int, total: int) -> None:
    """Does nothing after a step."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a model knows of its run. Only the seed is part of a key; none of it is part of a configuration."""

    seed: int
    device: "torch.device"
    on_step: OnStep = no_action
    """Called after each step of a training. The model's checkpoint is valid then, and an exception ends the fit."""

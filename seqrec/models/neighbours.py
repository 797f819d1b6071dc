"""Nearest neighbours among the training sessions: what `sknn` and `sknn_emb` share.

For each prompt, they take training sessions that share an item with it, sample some, keep the k most similar, and score
every item by the summed similarity of the neighbours that contain it. Models differ in what similarity is.

What the paper leaves open follows the authors' code: items that training has not seen are dropped, then the first
occurrence of a repeated prompt item counts; idf multiplies the score of the candidate item. What the code leaves to
chance is determined by a hash of seed, prompt and session, so that it depends neither on the order of prompts nor on
the size of blocks: the random sample, and the choice among sessions that end at the same time or are equally similar.
Whether prompt items are removed is left to the protocol.

Neighbours and their products are sparse and are always computed on the CPU: a prompt has a few hundred neighbours
among all sessions, and only the items of these get a score. The scores are copied to the device and ranked there.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int32, Int64, Integer, UInt64
from pydantic import PositiveInt
from scipy.sparse import csr_array, vstack
from torch import Tensor

from seqrec.digest import scramble
from seqrec.errors import ConfigError
from seqrec.models.base import ClosedForm, Ingredients, ModelConfig
from seqrec.models.ragged import first_occurrences, first_of_rows, hashes, last_items, pieces
from seqrec.models.sparse import entries, from_tensors, session_items, to_tensors, transitions, write
from seqrec.preparation.dates import dated
from seqrec.tuning.dimensions import Choice, Dimension, Whole
from seqrec.types import Rules, Run, Sequences, State, Training

MAX_OVERLAPS = 2**23
"""The number of items shared by prompts and sessions that are processed at a time, in about 0.5 GiB of memory."""


class NeighbourConfig(ModelConfig):
    """The settings of nearest neighbours among the training sessions."""

    k: PositiveInt = 100
    """The number of neighbours of a prompt."""
    sample_size: PositiveInt = 500
    """The number of sessions, of those that share an item with the prompt, among which neighbours are searched."""
    sampling: Literal["random", "recent"] = "random"
    """Whether the sample is uniform, or takes the sessions that end last, for which the data must have times."""
    idf_weighting: bool = False
    """Whether scores are multiplied by 1 + ln(sessions / sessions with the item)."""
    sequential_weighting: bool = False
    """Whether a neighbour is weighted by the relative position in the prompt of the latest item that it shares."""
    sequential_filter: bool = False
    """Whether only items are recommended that directly followed the prompt's last item in some training session."""
    last_n_items: PositiveInt | None = None
    """The number of last items of the prompt that are used; all if left out."""

    search_space: ClassVar[Mapping[str, Dimension]] = {
        "k": Whole(low=50, high=500),
        "sample_size": Whole(low=500, high=2000),
        "sampling": Choice(options=("random", "recent")),
        "idf_weighting": Choice(options=(False, True)),
        "sequential_weighting": Choice(options=(False, True)),
    }

    @property
    def stochastic(self) -> bool:
        """Whether samples are drawn at random."""
        return self.sampling == "random"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Prompts and training sessions that are compared."""

    rows: Int64[np.ndarray, " n_pairs"]
    sessions: Integer[np.ndarray, " n_pairs"]
    overlaps: Float64[np.ndarray, " n_pairs"]
    """The entry of each pair in the result of `overlaps`."""
    draws: UInt64[np.ndarray, " n_pairs"]
    """The random number of each pair, which decides between equals."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The neighbours of a block of prompts."""

    weights: csr_array
    """The weighted similarity of each prompt (row) to the training sessions (columns) that are its neighbours."""
    last_items: Int64[np.ndarray, " n_prompts"]
    """The last known item of each prompt; `n_items` if there is none."""


class SessionNeighbours(ClosedForm):
    """The training sessions of each item, and the items of each session."""

    config: NeighbourConfig

    def __init__(self, config: NeighbourConfig, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Stores the training sessions.

        Raises:
            ConfigError: Recent sessions are asked for, and the data have no times to compare them by.
        """
        if self.config.sampling == "recent" and not dated(data.train.times):
            raise ConfigError(
                f"model {self.config.name}: sampling",
                got="'recent', and data with an order of events and no times",
                expected="times, which say whose session ended last: positions of two users can't be compared",
                remedy='Set sampling = "random".',
            )
        train = data.train.take(np.flatnonzero(data.train.lengths > 0))
        tensors = {
            **to_tensors("sessions", session_items(train, self.n_items)),
            "ends": torch.from_numpy(train.times[train.offsets[1:] - 1]),
            "seed": torch.tensor([run.seed if self.config.stochastic else 0]),
        }
        if self.config.sequential_filter:
            tensors |= to_tensors("followers", transitions(train, self.n_items))
        return State(tensors)

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        self.sessions = from_tensors("sessions", state, self.n_items)
        self.members = self.sessions.astype(bool).astype(np.float64)
        self.holders = self.sessions.T.tocsr()
        self.n_holders = np.diff(self.holders.indptr)
        self.norms = np.sqrt(self.sessions.power(2).sum(axis=1))
        self.idf = 1.0 + np.log(len(self.norms) / np.maximum(self.n_holders, 1))
        self.ends = state.tensors["ends"].numpy()
        seed = state.tensors["seed"].numpy().astype(np.uint64)
        self.session_hashes = scramble(scramble(seed) + np.arange(len(self.norms), dtype=np.uint64))
        if self.config.sequential_filter:
            followers = from_tensors("followers", state, self.n_items).astype(bool)
            followers.resize(self.n_items + 1, self.n_items)  # The last row is for prompts without an item.
            self.followers = followers

    def encode(self, prompts: Sequences, rules: Rules) -> Neighbours:  # noqa: ARG002
        """Returns the neighbours of each prompt."""
        return self._neighbours_of(prompts)

    def _neighbours_of(self, prompts: Sequences) -> Neighbours:
        if self.config.last_n_items is not None:
            prompts = prompts.tail(self.config.last_n_items)
        known = prompts.keep(self.n_holders[prompts.items] > 0)
        unique = known.keep(first_occurrences(known, self.n_items))
        sizes = self.n_pairs(unique)
        parts = [self._neighbours(unique.block(start, stop)) for start, stop in pieces(sizes, MAX_OVERLAPS)]
        return Neighbours(vstack(parts, format="csr"), last_items(known, missing=self.n_items))

    def score(self, queries: Neighbours, start: int, stop: int) -> Float32[Tensor, "n_prompts n_scored"]:
        """Returns the summed similarity of the neighbours that contain an item; minus infinity if none does."""
        found = self._found(queries, start, stop)
        return write(found, torch.full(found.shape, -torch.inf, device=self.device))

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """Returns the same for the items that are shown."""
        found = entries(self._found(self._neighbours_of(prompts), 0, self.n_items), shown).astype(np.float32)
        return torch.from_numpy(np.where(found > 0, found, np.float32(-np.inf))).to(self.device)

    def _found(self, queries: Neighbours, start: int, stop: int) -> csr_array:
        """Sums the similarity of the neighbours that contain an item, for the items from `start` up to `stop`."""
        found = queries.weights @ self.members[:, start:stop]
        if self.config.sequential_filter:
            found = found.multiply(self.followers[queries.last_items][:, start:stop]).tocsr()
        if self.config.idf_weighting:
            found.data *= self.idf[start:stop][found.indices]
        return found

    def n_pairs(self, prompts: Sequences) -> Int64[np.ndarray, " n_prompts"]:
        """Returns a bound of the number of sessions that each prompt is compared with."""
        return np.bincount(prompts.rows, self.n_holders[prompts.items], len(prompts)).astype(np.int64)

    @abstractmethod
    def overlaps(self, prompts: Sequences) -> csr_array:
        """Returns a matrix with an entry for each prompt (row) and training session (column) that are compared."""

    @abstractmethod
    def similarities(self, prompts: Sequences, pairs: "Pairs") -> Float64[np.ndarray, " n_pairs"]:
        """Returns the similarity of prompts and sessions; a pair with none or less than none is left out."""

    def _neighbours(self, prompts: Sequences) -> csr_array:
        """Returns weighted similarities of prompts, without repeated or unknown items, to training sessions."""
        pairs = self._sampled(prompts)
        # Rounding makes values equal that differ only by the order of a sum; sums of rounded values are then exact.
        similarities = self.similarities(prompts, pairs).astype(np.float32)
        kept = first_of_rows(pairs.rows, self.config.k, -similarities, pairs.draws) & (similarities > 0)
        rows, sessions, weights = pairs.rows[kept], pairs.sessions[kept], similarities[kept].astype(np.float64)
        if self.config.sequential_weighting:
            weights = weights * self._latest_shared(prompts, rows, sessions)
        return csr_array((weights, (rows, sessions)), shape=(len(prompts), len(self.norms)))

    def _sampled(self, prompts: Sequences) -> "Pairs":
        """Returns the sessions that neighbours are searched among, `sample_size` for each prompt at most."""
        shared = self.overlaps(prompts)
        rows, sessions = np.repeat(np.arange(len(prompts)), np.diff(shared.indptr)), shared.indices
        draws = scramble(hashes(prompts)[rows] ^ self.session_hashes[sessions])
        keys = (-self.ends[sessions], draws) if self.config.sampling == "recent" else (draws,)
        kept = first_of_rows(rows, self.config.sample_size, *keys)
        return Pairs(rows[kept], sessions[kept], shared.data[kept], draws[kept])

    def _latest_shared(
        self,
        prompts: Sequences,
        rows: Int64[np.ndarray, " n_pairs"],
        sessions: Integer[np.ndarray, " n_pairs"],
    ) -> Float64[np.ndarray, " n_pairs"]:
        """Returns the relative position in the prompt of its latest item that the session contains."""
        lengths = np.diff(self.sessions.indptr)[sessions]
        starts = np.cumsum(lengths) - lengths
        pairs = np.repeat(np.arange(len(rows)), lengths)
        items = self.sessions.indices[np.arange(len(pairs)) + (self.sessions.indptr[sessions] - starts)[pairs]]
        keys = prompts.rows * self.n_items + prompts.items
        order = np.argsort(keys)
        wanted = rows[pairs] * self.n_items + items
        places = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
        shared = keys[order][places] == wanted
        latest = np.zeros(len(rows), np.int64)
        np.maximum.at(latest, pairs[shared], (prompts.lengths[prompts.rows] - prompts.ages + 1)[order][places[shared]])
        return np.asarray(latest / prompts.lengths[rows])

"""The histories of all users of a dump, as a model that is already fitted reads them."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Int32, Int64, Shaped, UInt64

from seqrec.digest import scramble, seed_from
from seqrec.preparation.events import Events
from seqrec.preparation.sequences import build_sequences
from seqrec.preparation.ties import Ties, chronological
from seqrec.preparation.vocabulary import read_events
from seqrec.serving.catalogue import Catalogue
from seqrec.types import Sequences


@dataclass(frozen=True, slots=True)
class UserHistories:
    """One history per user of a dump."""

    user_ids: Shaped[np.ndarray, " n_users"]
    """The original ids, sorted."""
    sequences: Sequences
    """The items that the model knows, oldest first; a history may be empty."""
    n_unknown: int
    """Events with items that the model does not know."""

    @property
    def digests(self) -> UInt64[np.ndarray, " n_users"]:
        """A number for each history, from its items and times in their order; others have it with a chance of 2^-64."""
        ages, times = self.sequences.ages.view(np.uint64), self.sequences.times.view(np.uint64)
        events = scramble(scramble(scramble(ages) ^ times) ^ self.sequences.items.astype(np.uint64))
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(events)])
        offsets = self.sequences.offsets
        return scramble(sums[offsets[1:]] - sums[offsets[:-1]])


def user_histories(interactions: pl.LazyFrame, catalogue: Catalogue, ties: Ties, seed: int) -> UserHistories:
    """Reads the histories of all users, whether the core filter of a comparison would keep them or not.

    Args:
        interactions: The columns of `schema.INTERACTIONS`.
        catalogue: The items of the model.
        ties: The order among equal times, as in the protocol of the model.
        seed: The seed of that order.
    """
    events, raw = read_events(interactions)
    places = pl.DataFrame({"id": pl.Series(catalogue.item_ids.tolist(), dtype=pl.String)}).with_row_index("code")
    found = pl.DataFrame({"id": raw.items}).join(places, on="id", how="left", maintain_order="left")
    codes = found["code"].cast(pl.Int64).fill_null(-1).to_numpy().astype(np.int32)
    items = codes[events.items]
    events = replace(events, items=items, positions=events.positions if ties == "file" else _drawn(events, items, seed))
    sequences = build_sequences(chronological(events, "file", seed), len(raw.users))
    known = sequences.items >= 0
    return UserHistories(raw.users.to_numpy(), sequences.keep(known), int((~known).sum()))


def _drawn(events: Events, items: Int32[np.ndarray, " n_events"], seed: int) -> Int64[np.ndarray, " n_events"]:
    """Returns pseudo-random positions that depend on nothing but the event and the seed.

    Ties that are shuffled by draws in a row would change for everybody if one user had one more event.
    """
    mixed = scramble(events.times.view(np.uint64) ^ np.uint64(seed_from("ties", seed)))
    return scramble(mixed ^ items.astype(np.uint64)).view(np.int64)

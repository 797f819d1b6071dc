"""The histories of all users of a dump, as a model that is already fitted reads them."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Shaped

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


def user_histories(interactions: pl.LazyFrame, catalogue: Catalogue, ties: Ties, seed: int) -> UserHistories:
    """Reads the histories of all users, whether the core filter of a comparison would keep them or not.

    Args:
        interactions: The columns of `schema.INTERACTIONS`.
        catalogue: The items of the model.
        ties: The order among equal times, as in the protocol of the model.
        seed: The seed of that order.
    """
    events, raw = read_events(interactions)
    events = chronological(events, ties, seed)
    places = pl.DataFrame({"id": pl.Series(catalogue.item_ids.tolist(), dtype=pl.String)}).with_row_index("code")
    found = pl.DataFrame({"id": raw.items}).join(places, on="id", how="left", maintain_order="left")
    codes = found["code"].cast(pl.Int64).fill_null(-1).to_numpy().astype(np.int32)
    items = codes[events.items]
    sequences = build_sequences(replace(events, items=items), len(raw.users))
    known = items >= 0
    return UserHistories(raw.users.to_numpy(), sequences.keep(known), int((~known).sum()))

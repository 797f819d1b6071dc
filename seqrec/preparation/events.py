"""Interactions as encoded columns of equal length, which preparation works on."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Int8, Int32, Int64


@dataclass(frozen=True, slots=True)
class Events:
    """Interactions, one per row, with users and items as codes."""

    users: Int32[np.ndarray, " n_events"]
    items: Int32[np.ndarray, " n_events"]
    times: Int64[np.ndarray, " n_events"]
    """Microseconds since 1970-01-01 UTC."""
    positions: Int64[np.ndarray, " n_events"]
    """The place of the row in the dump."""
    parts: Int8[np.ndarray, " n_events"] | None = None
    """The index in `schema.PARTS` of the part that the dump assigns the row to, -1 if it assigns none. None if the
    dump has no parts."""

    def __len__(self) -> int:
        return len(self.users)

    def take(self, rows: Int64[np.ndarray, " n_taken"]) -> "Events":
        """Returns the events `rows`, in that order."""
        parts = None if self.parts is None else self.parts[rows]
        return Events(self.users[rows], self.items[rows], self.times[rows], self.positions[rows], parts)


@dataclass(frozen=True, slots=True)
class RawIds:
    """The raw ids behind the codes of events: code `c` stands for the id at place `c`."""

    users: pl.Series
    items: pl.Series


def tally(codes: Int32[np.ndarray, " n"], n_codes: int) -> Int64[np.ndarray, " n_codes"]:
    """Counts how often each code occurs; `np.bincount` would widen all the codes to 64 bits first."""
    counts = np.zeros(n_codes, np.int64)
    np.add.at(counts, codes, 1)
    return counts

"""Interactions as encoded columns of equal length: what preparation works on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int8, Int32, Int64, Shaped


@dataclass(frozen=True, slots=True)
class Events:
    """Interactions, one per row, with users and items as codes."""

    users: Int32[np.ndarray, " n_events"]
    items: Int32[np.ndarray, " n_events"]
    times: Int64[np.ndarray, " n_events"]
    """Microseconds since 1970-01-01 UTC."""
    positions: Int64[np.ndarray, " n_events"]
    """Place of the row in the dump."""
    parts: Int8[np.ndarray, " n_events"] | None = None
    """Place in `schema.PARTS` of the part that the dump puts the row in, -1 where it does not say; None if it never
    does."""

    def __len__(self) -> int:
        return len(self.users)

    def take(self, rows: Int64[np.ndarray, " n_taken"]) -> "Events":
        """The events `rows`, in that order."""
        parts = None if self.parts is None else self.parts[rows]
        return Events(self.users[rows], self.items[rows], self.times[rows], self.positions[rows], parts)


@dataclass(frozen=True, slots=True)
class RawIds:
    """The raw ids behind the codes of events, code `c` standing for the id at place `c`."""

    users: Shaped[np.ndarray, " n_users"]
    items: Shaped[np.ndarray, " n_items"]

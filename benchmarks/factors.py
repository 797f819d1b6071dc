"""Generated factors and histories, the same for every program. Peers import it, so it imports nothing of `seqrec`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

N_SEEN = 20
"""Events of a history."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors whose products are the scores, and the items that each user has seen."""

    users: npt.NDArray[np.float32]
    """One row per user: (users, width)."""
    items: npt.NDArray[np.float32]
    """One row per item: (items, width)."""
    seen: npt.NDArray[np.int32]
    """The numbers of the items: (users, N_SEEN)."""


def generate(n_users: int, n_items: int, width: int) -> Factors:
    """Return random factors and histories."""
    rng = np.random.default_rng(0)
    return Factors(
        rng.standard_normal((n_users, width), np.float32),
        rng.standard_normal((n_items, width), np.float32),
        rng.integers(n_items, size=(n_users, N_SEEN), dtype=np.int32),
    )

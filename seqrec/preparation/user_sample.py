"""A sample of users, for a dump that is larger than an experiment needs."""

import numpy as np
from jaxtyping import Int64

from seqrec.digest import generator_from
from seqrec.errors import DataError
from seqrec.preparation.events import Events, tally


def rows_of_sampled_users(events: Events, n: int, seed: int) -> Int64[np.ndarray, " n_kept"]:
    """Draws `n` users uniformly and returns the places of their events, ascending.

    The order of rows does not matter: users are drawn by their codes, which follow the sorted raw ids.

    Raises:
        DataError: There are fewer than `n` users.
    """
    counts = tally(events.users, int(events.users.max(initial=-1)) + 1)
    users = np.flatnonzero(counts)
    if n > len(users):
        raise DataError(
            "protocol.users",
            got=f"{n:,}",
            expected=f"at most {len(users):,}, the number of users in the dump",
            remedy="Lower it, or leave it out to take all users.",
        )
    drawn = np.zeros(len(counts), bool)
    drawn[generator_from("users", seed).choice(users, n, replace=False)] = True
    return np.flatnonzero(drawn[events.users])

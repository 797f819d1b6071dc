"""A shop whose customers mostly take the next item of a circle, with the columns that a user might have."""

import numpy as np
import polars as pl

N_ITEMS = 12


def orders(n_users: int = 80, n_events: int = 9) -> pl.DataFrame:
    """Orders with whole numbers as ids, in no order; customer u starts at item u."""
    rng = np.random.default_rng(0)
    customers = np.repeat(np.arange(n_users), n_events)
    steps = np.tile(np.arange(n_events), n_users)
    return pl.DataFrame(
        {
            "customer": customers + 1_000,
            "sku": (customers + steps) % N_ITEMS + 500,
            "when": 1_600_000_000 + 86_400 * (steps * 3) + customers,
        }
    ).sample(fraction=1.0, shuffle=True, seed=int(rng.integers(100)))


def products() -> pl.DataFrame:
    """Every product but the last, with a title."""
    return pl.DataFrame(
        {
            "sku": range(500, 500 + N_ITEMS - 1),
            "title": [f"thing{i} kind{i % 3} shade{i % 4}" for i in range(N_ITEMS - 1)],
        }
    )


COLUMNS = {"user": "customer", "item": "sku", "time": "when"}
PROTOCOL = {"split": {"name": "leave_one_out"}, "core": {"users": 2, "items": 2}, "cutoffs": [1, 5]}

"""Benchmark of the search for near-duplicate histories: generated users, some of whom have a copy with edits.

python -m benchmarks.audit --users 1000000
"""

from typing import Annotated

import numpy as np
import typer
from jaxtyping import Int32

from benchmarks.measure import heading, markdown, measure
from seqrec.audit.near_duplicates import near_duplicates

COPIED = 0.01
"""The share of users who have a copy."""
EDITED = 0.1
"""The share of a copy's items that are replaced."""


def with_copies(n_users: int, n_items: int) -> tuple[Int32[np.ndarray, " n_events"], Int32[np.ndarray, " n_events"]]:
    """Return users and items of skewed histories of 5 to 15 events, and of the copies, whose codes come last."""
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, n_items + 1) ** 0.9
    users = np.repeat(np.arange(n_users, dtype=np.int32), rng.integers(5, 16, n_users))
    items = np.searchsorted(np.cumsum(shares / shares.sum()), rng.random(len(users))).clip(max=n_items - 1)
    chosen = np.sort(rng.choice(n_users, int(COPIED * n_users), replace=False))
    of_copy = np.isin(users, chosen)
    edited = np.where(rng.random(of_copy.sum()) < EDITED, rng.integers(n_items, size=of_copy.sum()), items[of_copy])
    copies = n_users + np.searchsorted(chosen, users[of_copy])
    return np.concatenate([users, copies]).astype(np.int32), np.concatenate([items, edited]).astype(np.int32)


def found(n_users: int, n_items: int) -> tuple[int, int, int]:
    """Return the number of copies, of those found, and of pairs of two other users."""
    users, items = with_copies(n_users, n_items)
    pairs = near_duplicates(users, items, int(users.max()) + 1, n_items)
    is_copy = pairs >= n_users
    return int(users.max()) + 1 - n_users, len(np.unique(pairs[is_copy])), int((~is_copy.any(axis=1)).sum())


def main(
    users: Annotated[int, typer.Option(help="Number of users without a copy.")] = 1_000_000,
    items: Annotated[int, typer.Option(help="Number of items.")] = 200_000,
) -> None:
    """Measure the search, data included, and print the table."""
    generated, all_in = measure(with_copies, users, items), measure(found, users, items)
    assert isinstance(all_in.result, tuple)
    n_copies, n_found, n_others = all_in.result
    row = (
        f"{users:,}",
        *(f"{all_in.cpu_s - generated.cpu_s:.1f}", f"{all_in.peak_bytes / 1e6:,.0f}"),
        *(f"{generated.peak_bytes / 1e6:,.0f}", f"{n_found:,} of {n_copies:,}", f"{n_others:,}"),
    )
    columns = ("users", "CPU s", "peak MB", "peak MB of the data alone", "copies found", "other pairs")
    typer.echo(heading("Near-duplicate histories") + "\n" + markdown(columns, [row]))


if __name__ == "__main__":
    typer.run(main)

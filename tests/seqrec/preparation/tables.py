"""Small canonical tables, written as rows."""

import json
from collections.abc import Iterable

import numpy as np
import polars as pl

from seqrec.preparation.events import Events
from seqrec.preparation.protocol import Protocol
from seqrec.types import Cases, Sequences

DAY = 86_400_000_000


def table(rows: Iterable[tuple[str, str, int]]) -> pl.DataFrame:
    """Return canonical interactions from (user, item, day), in the order of a dump."""
    listed = list(rows)
    return pl.DataFrame(
        {
            "user_id": pl.Series([user for user, _, _ in listed], dtype=pl.String),
            "item_id": pl.Series([item for _, item, _ in listed], dtype=pl.String),
            "timestamp": pl.Series([day * DAY for _, _, day in listed], dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "position": pl.Series(range(len(listed)), dtype=pl.Int64),
            "part": pl.Series([None] * len(listed), dtype=pl.String),
        }
    )


def events(rows: Iterable[tuple[int, int, int]]) -> Events:
    """Return events from (user, item, time), in the order of a dump."""
    columns = np.array(list(rows), np.int64).reshape(-1, 3)
    users, items = columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32)
    return Events(users, items, np.ascontiguousarray(columns[:, 2]), np.arange(len(columns), dtype=np.int64))


def sequences(histories: list[list[tuple[int, int]]]) -> Sequences:
    """Return the sequences of users 0, 1, ... from lists of (item, time)."""
    flat = np.array([event for history in histories for event in history], np.int64).reshape(-1, 2)
    offsets = np.concatenate([[0], np.cumsum([len(history) for history in histories])]).astype(np.int64)
    return Sequences(
        offsets,
        flat[:, 0].astype(np.int32),
        np.ascontiguousarray(flat[:, 1]),
        np.arange(len(histories), dtype=np.int32),
    )


def protocol(**settings: object) -> Protocol:
    """Return a protocol as read from a file; temporal and without a core filter, unless `settings` say otherwise."""
    raw = {"core": {"users": 0, "items": 0}, "split": {"name": "temporal"}} | settings
    return Protocol.model_validate_json(json.dumps(raw))


def listed(sequences: Sequences) -> dict[int, list[int]]:
    """Return the items by user."""
    return {int(user): sequences.sequence(row).tolist() for row, user in enumerate(sequences.users)}


def prompts_and_targets(cases: Cases) -> dict[int, tuple[list[int], int]]:
    """Return prompt and target by user."""
    prompts = listed(cases.prompts)
    return {user: (prompt, int(t)) for (user, prompt), t in zip(prompts.items(), cases.targets, strict=True)}

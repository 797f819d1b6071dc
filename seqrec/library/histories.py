"""Histories with original ids become prompts; lists become rows with original ids."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Shaped

from seqrec import schema
from seqrec.config.validation import validated
from seqrec.datasets.canonical.tables import canonical_interactions
from seqrec.datasets.errors import RejectLog
from seqrec.errors import DataError, SeqrecWarning
from seqrec.library.data import Columns
from seqrec.library.frames import DataFrame, is_frame, to_polars, typed_like
from seqrec.library.table import INTERACTIONS, Table
from seqrec.schema import ITEM, POSITION, TIMESTAMP, USER
from seqrec.types import Lists, Sequences

Histories = DataFrame | Sequence[Sequence[object]]
"""A frame with one row per event, or one list of item ids per user, oldest first."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """Histories in codes, and what is needed to answer in the user's own terms."""

    sequences: Sequences
    users: pl.Series
    """The user of each sequence, in the user's own type."""
    items: pl.Series
    """Items as the user gave them, for their type."""


def read_histories(
    histories: Histories, item_ids: Shaped[np.ndarray, " n_items"], columns: Columns, stacklevel: int
) -> Prompts:
    """Returns one prompt per user, in the order in which users first occur.

    Args:
        histories: A frame, or lists of item ids.
        item_ids: The items that the model knows, as text, in the order of their codes.
        columns: Names of the columns of a frame. Without the column of times, events are in the order of the rows.
        stacklevel: How many calls above this one a warning points to.

    Raises:
        DataError: A column is missing, or no row can be used.

    Warns:
        SeqrecWarning: Some rows can't be used, or have items that the model does not know.
    """
    is_lists = not is_frame(histories) and isinstance(histories, Sequence)
    frame = _from_lists(histories, columns) if is_lists else to_polars(histories, "histories")
    events = _canonical(frame, columns, stacklevel + 1)
    users = pl.DataFrame({USER: range(len(histories))}).cast(pl.String) if is_lists else _distinct(events)
    users = users.with_row_index("row")
    known = pl.DataFrame({ITEM: pl.Series(item_ids.tolist(), dtype=pl.String)}).with_row_index("code")
    events = events.join(users, on=USER).sort("row", TIMESTAMP, POSITION)
    found = events.join(known, on=ITEM, maintain_order="left")
    if found.height < events.height:
        n_unknown = events.height - found.height
        what = f"{n_unknown:,} of {events.height:,} events have items that the model does not know; they are left out."
        warnings.warn(what, SeqrecWarning, stacklevel=stacklevel + 1)
    lengths = np.bincount(found["row"].to_numpy(), minlength=users.height)
    sequences = Sequences(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)]),
        found["code"].to_numpy().astype(np.int32),
        found[TIMESTAMP].dt.epoch("us").to_numpy(),
        np.arange(users.height, dtype=np.int32),
    )
    return Prompts(sequences, typed_like(users[USER], frame[columns.user]), frame[columns.item])


def to_lists(lists: Lists, prompts: Prompts, item_ids: Shaped[np.ndarray, " n_items"]) -> list[list[object]]:
    """Returns the original ids of each list, best first."""
    typed = np.array(typed_like(pl.Series(item_ids.tolist(), dtype=pl.String), prompts.items).to_list(), object)
    return [typed[row[row >= 0]].tolist() for row in lists.items]


def to_frame(
    lists: Lists, prompts: Prompts, item_ids: Shaped[np.ndarray, " n_items"], columns: Columns
) -> pl.DataFrame:
    """Returns one row per recommended item: user, rank from 1, item and score, best first."""
    rows, places = np.nonzero(lists.items >= 0)
    items = pl.Series(item_ids[lists.items[rows, places]].tolist(), dtype=pl.String)
    return pl.DataFrame(
        {
            columns.user: prompts.users.gather(rows),
            "rank": places + 1,
            columns.item: typed_like(items, prompts.items),
            "score": lists.scores[rows, places],
        }
    )


def _from_lists(histories: Sequence[Sequence[object]], columns: Columns) -> pl.DataFrame:
    for history in histories:
        if isinstance(history, str) or not isinstance(history, Iterable):
            got, remedy = (
                f"a {type(history).__name__} for a history",
                "Give a list of lists, such as [['a', 'b'], ['c']].",
            )
            raise DataError("histories", got=got, expected="a list of item ids", remedy=remedy)
    rows = [(str(user), item) for user, history in enumerate(histories) for item in history]
    # Booleans are whole numbers in Python, but no ids.
    is_whole = bool(rows) and all(isinstance(item, int | np.integer) and not isinstance(item, bool) for _, item in rows)
    items = pl.Series(
        [item if is_whole or item is None else str(item) for _, item in rows], dtype=pl.Int64 if is_whole else pl.String
    )
    return pl.DataFrame({columns.user: pl.Series([user for user, _ in rows], dtype=pl.String), columns.item: items})


def _canonical(frame: pl.DataFrame, columns: Columns, stacklevel: int) -> pl.DataFrame:
    """The events that can be used, with the columns of `schema.INTERACTIONS`."""
    events: dict[str, object] = {"user": columns.user, "item": columns.item, "time_zone": columns.time_zone}
    times = columns.time if isinstance(columns.time, tuple) else (columns.time,)
    if set(times) <= set(frame.columns):
        events["time"] = columns.time
    else:
        frame = frame.with_columns(pl.int_range(frame.height, eager=True).alias(times[0]))
        events |= {"time": times[0], "time_unit": "order"}
    table = validated(Table, {"events": events}, "histories").with_frames({INTERACTIONS: frame})
    reading = table.reading(INTERACTIONS, RejectLog())
    # The call refuses a frame without one of the columns; a frame without rows can't be read further.
    batches = table.interactions(reading)
    if frame.is_empty():
        return pl.DataFrame(schema.INTERACTIONS.empty_table())
    found = pl.concat([pl.DataFrame(batch) for batch in canonical_interactions(batches)])
    if reading.log.count:
        reasons = ", ".join(f"{count:,} with {reason}" for reason, count in reading.log.by_reason.items())
        warnings.warn(f"Rows of the histories left out: {reasons}.", SeqrecWarning, stacklevel=stacklevel + 1)
    return found


def _distinct(events: pl.DataFrame) -> pl.DataFrame:
    return events.select(pl.col(USER).unique(maintain_order=True))

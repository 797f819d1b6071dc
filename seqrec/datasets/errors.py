"""Rows of a dump that can't be used: counted by reason, and kept with their place."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import polars as pl
import pyarrow as pa

from seqrec import schema

LINE = " line"
"""Column with the number of the line, counted from 1, that a row came from. The space keeps it apart from the columns
of delimited files, whose names are stripped; a table of another form may not have a column of this name chosen."""
TEXT_LENGTH = 200
"""Characters kept of a row."""
MAX_KEPT = 100_000
"""Rows kept. Beyond it they are only counted, so memory stays within tens of MB."""

Row = tuple[str, int, str, str | None]
"""File, line, reason and text."""


class RejectLog:
    """The rows set aside: all are counted by their reason, and the first `MAX_KEPT` are kept.

    A log may continue from the `rows` and the counts by `reasons` of an earlier one.
    """

    def __init__(self, rows: Iterable[Row] = (), reasons: Mapping[str, int] = MappingProxyType({})) -> None:
        self._rows = list(rows)
        self._reasons = Counter(reasons)

    def __add__(self, other: "RejectLog") -> "RejectLog":
        """Both logs as one, with the rows that stand first."""
        both = RejectLog([*self._rows, *other.rows], Counter(self._reasons) + Counter(other.by_reason))
        return RejectLog(both.rows[:MAX_KEPT], both.by_reason)

    @property
    def count(self) -> int:
        """Number of rows set aside."""
        return self._reasons.total()

    @property
    def by_reason(self) -> Mapping[str, int]:
        """Number of rows set aside for each reason, the most frequent first."""
        return MappingProxyType(dict(sorted(self._reasons.items(), key=lambda pair: (-pair[1], pair[0]))))

    @property
    def rows(self) -> list[Row]:
        """The rows kept, file by file and in the order of their lines."""
        places = {file: place for place, file in enumerate(dict.fromkeys(file for file, *_ in self._rows))}
        return sorted(self._rows, key=lambda row: (places[row[0]], row[1]))

    def add(self, file: str, line: int, reason: str, text: str | None = None) -> None:
        """Add one row: its file, its line counted from 1, one of a few short reasons, and what it held."""
        self._reasons[reason] += 1
        if len(self._rows) < MAX_KEPT:
            self._rows.append((file, line, reason, None if text is None else text[:TEXT_LENGTH]))

    def add_rows(self, file: str, rows: pl.DataFrame) -> None:
        """Add many rows, with the columns `LINE` and `reason`, and what was understood of them in all others."""
        self._reasons.update(dict(rows["reason"].value_counts().iter_rows()))
        kept = rows.head(MAX_KEPT - len(self._rows))
        # Line ends other than this one may stand inside of texts.
        texts = kept.drop(LINE, "reason").write_ndjson().split("\n")[: kept.height]
        self._rows += [
            (file, line, reason, text[:TEXT_LENGTH])
            for line, reason, text in zip(kept[LINE], kept["reason"], texts, strict=True)
        ]


def rejects_table(rows: Sequence[Row]) -> pa.Table:
    """Rows in `schema.REJECTS`. Polars makes them, because Arrow would import pandas to look at a list."""
    frame = pl.DataFrame(rows, pl.Schema(schema.REJECTS), orient="row")
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema.REJECTS)

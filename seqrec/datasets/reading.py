"""A file of a dump while it is read."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from seqrec.datasets.canonical.times import Unit
from seqrec.datasets.errors import LINE, RejectLog
from seqrec.errors import DataError

MIN_TOLERATED = 100
"""Bad lines of a file that never stop the reading, however short the file is."""
TOLERATED_SHARE = 0.01
"""Share of a file's lines that may be bad."""


@dataclass(slots=True)
class Reading:
    """One file, and what is known of it so far. Every record of it is kept or set aside."""

    path: Path
    log: RejectLog = field(default_factory=RejectLog)
    """Where its rows are set aside."""
    may_be_empty: bool = False
    """Whether a file without records is fine, such as the export of a night without orders."""
    record: str = "line"
    """What errors call a record."""
    n_records: int = 0
    """Records read, blank lines left out. Readers count them before they judge them."""
    n_bad: int = 0
    """Records that are set aside because something is wrong with them."""
    n_cleaned_titles: int = 0
    """Titles that held markup."""
    time_unit: Unit | None = None
    """Unit of its times, as the first rows show it."""
    _first_bad: tuple[int, str] = (0, "")

    def set_aside(self, line: int, reason: str, text: str | None = None) -> None:
        """Set a bad line aside, as `RejectLog.add` takes it.

        Raises:
            DataError: Too many lines are bad: more than 100 and more than 1 % of those read so far.
        """
        self.log.add(self.path.name, line, reason, text)
        self._count_bad(1, line, reason)

    def set_aside_rows(self, rows: pl.DataFrame, *, bad: bool = True) -> None:
        """Set any number of rows aside, as `RejectLog.add_rows` takes them; errors are those of `set_aside`.

        Rows that are not `bad`, such as duplicates, do not count towards the limit: nothing is wrong with them.
        """
        if rows.height:
            self.log.add_rows(self.path.name, rows)
            if bad:
                self._count_bad(rows.height, *rows.select(LINE, "reason").row(0))

    def refusal(self, what: str) -> DataError:
        """What to say of a file that can't be used."""
        line, reason = self._first_bad
        place = f"{self.record} {line:,}" if self.n_bad else "its beginning"
        first = f", the first at {place} ({reason})" if self.n_bad else ""
        got = f"{what}: {self.n_bad:,} bad of {self.n_records:,} read{first}"
        expected = f"a good {self.record}, and at most {MIN_TOLERATED} bad ones or {TOLERATED_SHARE:.0%} of all"
        remedy = f"Look at {place}: it may be damaged, or in another form than the dataset expects."
        return DataError(str(self.path), got=got, expected=expected, remedy=remedy)

    def _count_bad(self, n: int, line: int, reason: str) -> None:
        if not self.n_bad or line < self._first_bad[0]:
            self._first_bad = line, reason
        self.n_bad += n
        if self.n_bad > max(MIN_TOLERATED, TOLERATED_SHARE * self.n_records):
            raise self.refusal(f"too many bad {self.record}s")

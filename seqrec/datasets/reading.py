"""A file of a dump while it is read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from seqrec.datasets.canonical.times import Unit
from seqrec.datasets.errors import LINE, RejectLog
from seqrec.datasets.parsing.text import UTF_8
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
    name: str = ""
    """What the file is called where its rows are set aside; the name of `path` if left out."""
    encoding: str = UTF_8
    """How its text is encoded, if no byte order mark tells."""
    may_be_empty: bool = False
    """Whether a file without records is fine, such as the export of a night without orders."""
    is_empty: bool = False
    """Whether it turned out to hold no text at all, and was passed over."""
    n_before: int = 0
    """Records of the same kind in the files before it."""
    remedies: Mapping[str, str] = field(default_factory=dict)
    """What to do if most of its bad lines are bad for a reason, where that is known."""
    n_records: int = 0
    """Records read, blank lines left out. Readers count them before they judge them."""
    n_bad: int = 0
    """Records that are set aside because something is wrong with them."""
    n_cleaned_titles: int = 0
    """Titles that held markup."""
    time_unit: Unit | None = None
    """Unit of its times, as the first rows show it."""
    _first_bad: tuple[int, str] = (0, "")
    _bad_by_reason: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.name = self.name or self.path.name

    def set_aside(self, line: int, reason: str, text: str | None = None) -> None:
        """Set a bad line aside, as `RejectLog.add` takes it.

        Raises:
            DataError: Too many lines are bad: more than 100 and more than 1 % of those read so far.
        """
        self.log.add(self.name, line, reason, text)
        self._count_bad({reason: 1}, line, reason)

    def set_aside_rows(self, rows: pl.DataFrame, *, bad: bool = True) -> None:
        """Set any number of rows aside, as `RejectLog.add_rows` takes them; errors are those of `set_aside`.

        Rows that are not `bad`, such as duplicates, do not count towards the limit: nothing is wrong with them.
        """
        if rows.height:
            self.log.add_rows(self.name, rows)
            if bad:
                by_reason = dict(rows["reason"].value_counts().iter_rows())
                self._count_bad(by_reason, *rows.select(LINE, "reason").row(0))

    def refusal(self, what: str) -> DataError:
        """What to say of a file that can't be used."""
        line, reason = self._first_bad
        first = f", the first at line {line:,} ({reason})" if self.n_bad else ""
        where = f"line {line:,}" if self.n_bad else "the file"
        return DataError(
            str(self.path),
            got=f"{what}: {self.n_bad:,} bad of {self.n_records:,} read{first}",
            expected=f"a good line, and at most {MIN_TOLERATED} bad ones or {TOLERATED_SHARE:.0%} of all",
            remedy=self._remedy()
            or f"Look at {where}: it may be damaged, or in another form than the dataset expects.",
        )

    def _remedy(self) -> str | None:
        ((reason, n), *_) = self._bad_by_reason.most_common(1) or [("", 0)]
        return self.remedies.get(reason) if 2 * n > self.n_bad else None

    def _count_bad(self, by_reason: Mapping[str, int], line: int, reason: str) -> None:
        if not self.n_bad or line < self._first_bad[0]:
            self._first_bad = line, reason
        self._bad_by_reason.update(by_reason)
        self.n_bad = self._bad_by_reason.total()
        if self.n_bad > max(MIN_TOLERATED, TOLERATED_SHARE * self.n_records):
            raise self.refusal("too many bad lines")

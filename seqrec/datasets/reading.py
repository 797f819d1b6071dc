"""A file of a dump while it is read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from seqrec.datasets.canonical.time_faults import UNREADABLE
from seqrec.datasets.canonical.time_texts import FORMS
from seqrec.datasets.canonical.times import Unit
from seqrec.datasets.errors import LINE, RejectLog
from seqrec.datasets.parsing.text import UTF_8
from seqrec.errors import DataError

MIN_TOLERATED = 100
"""Bad lines of a file that never stop the reading, however short the file is."""

_SHOWN = 120
"""Characters that an error shows of a line."""


@dataclass(slots=True)
class Reading:
    """One file, and what is known of it so far. Every record of it is kept or set aside."""

    path: Path
    log: RejectLog = field(default_factory=RejectLog)
    """Where its rows are set aside."""
    name: str = ""
    """The name of the file in the table of rows set aside; by default the name of `path`."""
    max_rejected: float = 0.01
    """Share of its lines that may be bad."""
    limit_key: str = "dataset.max_rejected"
    """What the user knows this share by."""
    null_words: Sequence[str] = ()
    """Texts that mean that there is no value, in any case."""
    encoding: str = UTF_8
    """The encoding of its text, unless it begins with a byte order mark."""
    may_be_empty: bool = False
    """Whether a file without records is fine, such as the export of a night without orders."""
    is_empty: bool = False
    """Whether it contains no text at all, and was skipped."""
    n_before: int = 0
    """Records of the same kind in the files before it."""
    remedies: Mapping[str, str] = field(default_factory=dict)
    """What to do, by reason, if that is the reason of most of its bad lines."""
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
    has_times: bool = True
    """Whether its times are times, and not only positions in an order."""
    notes: Counter[str] = field(default_factory=Counter)
    """What was made of values that are not as they should be, and how many there were, by field."""
    unread_time: tuple[int, str] | None = None
    """Line and text of the first time that can't be read."""
    _first_bad: tuple[int, str, str] = (0, "", "")
    _bad_by_reason: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.name = self.name or self.path.name

    def note(self, what: str, n: int) -> None:
        """Count `n` values under a remark such as `stars: can't be read, so null`."""
        if n:
            self.notes[what] += n

    def set_aside(self, line: int, reason: str, text: str | None = None) -> None:
        """Set a bad line aside, as `RejectLog.add` takes it.

        Raises:
            DataError: Too many lines are bad: more than 100 and more than `max_rejected` of those read so far.
        """
        self.log.add(self.name, line, reason, text)
        self._count_bad({reason: 1}, line, reason, text or "")

    def set_aside_rows(self, rows: pl.DataFrame, *, bad: bool = True) -> None:
        """Set any number of rows aside, as `RejectLog.add_rows` takes them; errors are those of `set_aside`.

        Rows that are not `bad`, such as duplicates, do not count towards the limit: nothing is wrong with them.
        """
        if rows.height:
            self.log.add_rows(self.name, rows)
            if bad:
                first = rows.head(1)
                text = first.drop(LINE, "reason").write_ndjson().rstrip("\n")
                by_reason = dict(rows["reason"].value_counts().iter_rows())
                self._count_bad(by_reason, first[LINE][0], first["reason"][0], text)

    def refusal(self, what: str) -> DataError:
        """What to say of a file that can't be used."""
        line, reason, text = self._first_bad
        place = f"{self.record} {line:,}" if self.n_bad else "its beginning"
        first = f", the first at {place} ({reason}): {text[:_SHOWN]}" if self.n_bad else ""
        look = f"Look at {place}: it may be damaged, or in another form than the dataset expects."
        remedy = self._remedy() or look
        if reason == UNREADABLE and self.unread_time is not None:
            number, written = self.unread_time
            first += f", and the first time that can't be read at {self.record} {number:,}: {written!r}"
            remedy += f" Times that can be read are numbers, and texts such as {FORMS}."
        if self.n_bad < self.n_records:
            remedy += f" If such rows may be set aside, raise {self.limit_key}, a share of the rows that were read."
        got = f"{what}: {self.n_bad:,} bad of {self.n_records:,} read{first}"
        tolerated = f"at most {MIN_TOLERATED} bad ones or {self.max_rejected * 100:g}% of all"
        return DataError(str(self.path), got=got, expected=f"a good {self.record}, and {tolerated}", remedy=remedy)

    def _remedy(self) -> str | None:
        ((reason, n), *_) = self._bad_by_reason.most_common(1) or [("", 0)]
        return self.remedies.get(reason) if 2 * n > self.n_bad else None

    def _count_bad(self, by_reason: Mapping[str, int], line: int, reason: str, text: str) -> None:
        if not self.n_bad or line < self._first_bad[0]:
            self._first_bad = line, reason, text
        self._bad_by_reason.update(by_reason)
        self.n_bad = self._bad_by_reason.total()
        if self.n_bad > max(MIN_TOLERATED, self.max_rejected * self.n_records):
            raise self.refusal(f"too many bad {self.record}s")

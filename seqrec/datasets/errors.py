"""Lines that can't be used: counted, kept aside with their place, and an error when there are too many."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.canonical.times import Unit
from seqrec.datasets.counters import Account, FileTally
from seqrec.datasets.parsing.lines import LINE, WHOLE, Span
from seqrec.errors import DataError

TEXT_LENGTH = 200
"""Characters kept of a line."""
MAX_KEPT = 100_000
"""Rows kept of all files together. Beyond it they are only counted, so memory stays within tens of MB."""
MIN_TOLERATED = 100
"""Bad lines of a file that never stop the reading, however short the file is."""
TOLERATED_SHARE = 0.01
"""Share of a file's lines that may be bad."""
CLEANED_TITLES = "cleaned titles"
"""Note of the titles that held markup."""


Row = tuple[str, int, str, str | None]
"""File, line, reason and text."""


class Rejects:
    """The lines of a dump that were set aside.

    `count` and `by_reason` are always exact; of the lines themselves, the first `MAX_KEPT` are kept.

    Args:
        spans: Which parts of the files are to be read, where that is not the whole.
    """

    def __init__(self, spans: Mapping[Path, Span] = MappingProxyType({})) -> None:
        self._spans = dict(spans)
        self._rows: list[Row] = []
        self._reasons: Counter[str] = Counter()
        self._tallies: dict[Path, FileTally] = {}
        self._notes: Counter[str] = Counter()

    @classmethod
    def resumed(cls, account: Account, rows: pa.Table, spans: Mapping[Path, Span] = MappingProxyType({})) -> "Rejects":
        """What an earlier reading left, to be gone on with.

        Args:
            account: What it counted.
            rows: Those that it kept, as `table` gave them.
            spans: Which parts of the files are to be read now.
        """
        rejects = cls(spans)
        files = {file.name: file for file in spans}
        rejects._rows = _rows_of(rows)
        rejects._reasons.update(account.reasons)
        rejects._notes.update(account.notes)
        rejects._tallies = {files.get(name, Path(name)): replace(tally) for name, tally in account.tallies.items()}
        return rejects

    @classmethod
    def total(cls, parts: Iterable["Rejects"]) -> "Rejects":
        """Several taken together, one after another, each with its rows in the order of files and lines.

        In which order rows were met depends on how much of a file was read at a time.
        """
        whole = cls()
        for part in parts:
            whole._rows = [*whole._rows, *part.in_order()][:MAX_KEPT]
            whole._reasons.update(part.by_reason)
            whole._notes.update(part.notes)
            for name, tally in part.account.tallies.items():
                whole.saw(Path(name), tally.n_records)
        return whole

    @property
    def n_read(self) -> int:
        """Number of records read from all files: every one of them is kept or set aside."""
        return sum(tally.n_records for tally in self._tallies.values())

    @property
    def count(self) -> int:
        """Number of lines set aside."""
        return self._reasons.total()

    @property
    def by_reason(self) -> Mapping[str, int]:
        """Number of lines set aside for each reason, the most frequent first."""
        return MappingProxyType(dict(sorted(self._reasons.items(), key=lambda pair: (-pair[1], pair[0]))))

    @property
    def notes(self) -> Counter[str]:
        """How often something was noted."""
        return self._notes.copy()

    @property
    def account(self) -> Account:
        """All of it but the rows."""
        tallies = {file.name: replace(tally) for file, tally in self._tallies.items()}
        assert len(tallies) == len(self._tallies), "files that are read together must differ in name"
        return Account(tallies, dict(self._reasons), dict(self._notes), len(self._rows))

    def span_of(self, file: Path) -> Span:
        """Which part of `file` is to be read."""
        return self._spans.get(file, WHOLE)

    def unit_of(self, file: Path) -> Unit | None:
        """What the first rows of `file` told of the unit of its times; None if nobody has looked."""
        return self._tallies[file].time_unit if file in self._tallies else None

    def settle_unit(self, file: Path, unit: Unit) -> None:
        """Note what the first rows of `file` told."""
        self._tally(file).time_unit = unit

    def passed(self, file: Path, n_lines: int, *, is_open: bool) -> None:
        """Note that `n_lines` more lines of `file` were taken up, the last of them without a line feed if `is_open`."""
        tally = self._tally(file)
        tally.n_lines += n_lines
        tally.is_open = is_open

    def note(self, what: str, n: int) -> None:
        """Note that something was done to `n` more records, none of which is set aside for it."""
        self._notes[what] += n

    def saw(self, file: Path, n_records: int) -> None:
        """Note that `n_records` more records of `file` were read, blank lines left out.

        Readers say so before they judge them.
        """
        self._tally(file).n_records += n_records

    def add(self, file: Path, line: int, reason: str, text: str | None = None, *, broken: bool = True) -> None:
        """Set one line aside.

        Args:
            file: File that holds the line.
            line: Number of the line, counted from 1; the row number where a file has no lines.
            reason: One of a few short reasons, so that they can be counted.
            text: The line, or what was understood of it; cut to `TEXT_LENGTH` characters.
            broken: Whether the line counts towards the limit. A duplicate is set aside, but nothing is wrong
                with it.

        Raises:
            DataError: Too many lines of `file` are bad: more than 100 and more than 1 % of those read so far.
        """
        self._reasons[reason] += 1
        if len(self._rows) < MAX_KEPT:
            self._rows.append((file.name, line, reason, None if text is None else text[:TEXT_LENGTH]))
        if broken:
            self._note_bad(file, 1, line, reason)

    def add_rows(self, file: Path, rows: pl.DataFrame, *, broken: bool = True) -> None:
        """Set many rows aside at once, however many they are: those beyond `MAX_KEPT` are only counted.

        Args:
            file: File that holds the rows.
            rows: Their lines and reasons in the columns `LINE` and `reason`; what was understood of them in all
                others.
            broken: Whether the rows count towards the limit.

        Raises:
            DataError: Too many lines of `file` are bad.
        """
        if rows.is_empty():
            return
        self._reasons.update(dict(rows["reason"].value_counts().iter_rows()))
        kept = rows.head(MAX_KEPT - len(self._rows))
        # Line ends other than this one may stand inside of texts.
        texts = kept.drop(LINE, "reason").write_ndjson().split("\n")[: kept.height]
        self._rows += [
            (file.name, line, reason, text[:TEXT_LENGTH])
            for line, reason, text in zip(kept[LINE], kept["reason"], texts, strict=True)
        ]
        if broken:
            self._note_bad(file, rows.height, *rows.select(LINE, "reason").row(0))

    def check_usable(self, file: Path, n_kept: int) -> None:
        """Refuse a file that was read to its end and gave nothing.

        Raises:
            DataError: No line of `file` could be used.
        """
        if n_kept == 0:
            self._stop(file, "no usable line")

    def table(self) -> pa.Table:
        """The lines that were kept, in the order they were met."""
        if not self._rows:
            return pa.Table.from_batches([], schema=schema.REJECTS)
        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema.REJECTS, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema.REJECTS)

    def in_order(self) -> list[Row]:
        """The lines that were kept, in the order of files and lines."""
        places = {file: place for place, file in enumerate(dict.fromkeys(file for file, *_ in self._rows))}
        return sorted(self._rows, key=lambda row: (places[row[0]], row[1]))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The lines that were kept, as record batches."""
        yield from self.table().to_batches()

    def _note_bad(self, file: Path, n_bad: int, line: int, reason: str) -> None:
        tally = self._tally(file)
        if not tally.n_bad or line < tally.first_line:
            tally.first_line, tally.first_reason = line, reason
        tally.n_bad += n_bad
        if tally.n_bad > max(MIN_TOLERATED, TOLERATED_SHARE * tally.n_records):
            self._stop(file, "too many bad lines")

    def _tally(self, file: Path) -> FileTally:
        return self._tallies.setdefault(file, FileTally())

    def _stop(self, file: Path, what: str) -> None:
        tally = self._tally(file)
        first = f", the first at line {tally.first_line:,} ({tally.first_reason})" if tally.n_bad else ""
        where = f"line {tally.first_line:,}" if tally.n_bad else "the file"
        raise DataError(
            str(file),
            got=f"{what}: {tally.n_bad:,} bad of {tally.n_records:,} read{first}",
            expected=f"a good line, and at most {MIN_TOLERATED} bad ones or {TOLERATED_SHARE:.0%} of all",
            remedy=f"Look at {where}: it may be damaged, or in another form than the dataset expects.",
        )


def _rows_of(table: pa.Table) -> list[Row]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

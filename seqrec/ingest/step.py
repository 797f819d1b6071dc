"""One of the three steps of an ingest: reading interactions, taking duplicates out, reading items."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from seqrec.datasets.errors import RejectLog
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError


@dataclass(frozen=True, slots=True)
class Totals:
    """What a step read and set aside, in numbers."""

    n_read: int
    n_cleaned_titles: int
    set_aside: Mapping[str, int]
    """Rows by reason."""
    n_rows: int
    """How many of them stand in the table of rejects."""
    notes: Mapping[str, int]
    """Numbers of values by the remark that was made about them."""
    has_times: bool
    """Whether the times that were read are times, and not only positions in an order."""
    n_files: int = 0
    """Files that were read."""
    empty_files: tuple[str, ...] = ()
    """The names of those that contain no text at all, and were skipped."""
    bad_share: float = 0.0
    """The largest share of bad rows in one file."""


@dataclass(slots=True)
class Step:
    """What a step has read and set aside so far."""

    log: RejectLog = field(default_factory=RejectLog)
    n_read: int = 0
    n_cleaned_titles: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    has_times: bool = True
    n_files: int = 0
    empty_files: tuple[str, ...] = ()
    bad_share: float = 0.0
    """The largest share of bad rows in a file that was read."""

    def read(
        self,
        files: Iterable[Path],
        read: Callable[[Reading], Iterator[pa.RecordBatch]],
        opened: Callable[[Path, RejectLog], Reading] = Reading,
    ) -> Iterator[pa.RecordBatch]:
        """What `read` makes of the files, one after another.

        Raises:
            DataError: One file has times, and another one only an order; or a file can't be read.
        """
        readings = [opened(file, self.log) for file in files]
        # All are looked at before the first is read: what is wrong with the last is then known at once.
        for reading, batches in zip(readings, [read(reading) for reading in readings], strict=True):
            reading.n_before = self.n_read
            yield from batches
            self._check_times(reading)
            self.n_read += reading.n_records
            self.n_cleaned_titles += reading.n_cleaned_titles
            self.notes += reading.notes
            self.n_files += 1
            self.bad_share = max(self.bad_share, reading.n_bad / max(1, reading.n_records))
            self.empty_files += (reading.name,) * reading.is_empty

    def _check_times(self, reading: Reading) -> None:
        """See that all files have times, or none."""
        if reading.n_records and self.n_read and reading.has_times != self.has_times:
            kinds = {True: "times", False: "positions in an order"}
            got, expected = kinds[reading.has_times], f"{kinds[self.has_times]}, as in the files before it"
            remedy = "Read the files apart, or give all of them one kind of times."
            raise DataError(str(reading.path), got=got, expected=expected, remedy=remedy)
        if reading.n_records:
            self.has_times = reading.has_times

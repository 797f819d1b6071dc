"""One of the three steps of an ingest: reading interactions, taking duplicates out, reading items."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from seqrec.datasets.errors import RejectLog
from seqrec.datasets.find_files import name_in
from seqrec.datasets.reading import Reading


@dataclass(frozen=True, slots=True)
class Totals:
    """What a step read and set aside, in numbers."""

    n_read: int
    n_cleaned_titles: int
    set_aside: Mapping[str, int]
    """Rows by reason."""
    n_rows: int
    """How many of them stand in the table of rejects."""
    n_files: int = 0
    """Files that were read."""
    empty_files: tuple[str, ...] = ()
    """Those of them that held no text at all, and were passed over."""


@dataclass(slots=True)
class Step:
    """What a step has read and set aside so far."""

    log: RejectLog = field(default_factory=RejectLog)
    n_read: int = 0
    n_cleaned_titles: int = 0
    n_files: int = 0
    empty_files: tuple[str, ...] = ()

    def read(
        self, files: Iterable[Path], read: Callable[[Reading], Iterator[pa.RecordBatch]], data: Path = Path()
    ) -> Iterator[pa.RecordBatch]:
        """What `read` makes of the files, one after another; their names are their paths in the folder `data`."""
        readings = [Reading(file, self.log, name_in(data, file)) for file in files]
        # All are looked at before the first is read: what is wrong with the last is then known at once.
        for reading, batches in zip(readings, [read(reading) for reading in readings], strict=True):
            reading.n_before = self.n_read
            yield from batches
            self.n_read += reading.n_records
            self.n_cleaned_titles += reading.n_cleaned_titles
            self.n_files += 1
            self.empty_files += (reading.name,) * reading.is_empty

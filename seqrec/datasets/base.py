"""What a dump reader is: a configuration that turns a folder of raw files into canonical record batches."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import pyarrow as pa
from pydantic import StringConstraints

from seqrec.config import Config, Listed, Share
from seqrec.datasets.errors import RejectLog
from seqrec.datasets.find_files import name_in
from seqrec.datasets.parsing.text import archive_of
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import ManualDownload, Source

Duplicates = Literal["keep", "exact", "pair"]
"""Policies for repeated interactions."""

NonEmpty = Annotated[str, StringConstraints(min_length=1)]

NULL_WORDS: Final = ("null", "none", "nan", "nat", "na", "n/a", "#n/a", "<na>", "nil", "undefined", "(null)", r"\N")
"""What databases and programs write where there is no value."""


class DatasetConfig(Config):
    """A dump and how to read it. One reader is one file with one `Config`."""

    name: str
    """The reader."""
    duplicates: Duplicates = "keep"
    """Which repeated interactions to set aside. `keep`: none. `exact`: all but the first of those equal in user, item
    and time. `pair`: all but the earliest of those equal in user and item."""
    max_rejected: Share = 0.01
    """The share of the rows of a file that may be set aside because their user, item or time is missing or can't be
    read. An ingest stops beyond this share, but not before 100 rows. Raise it for a log with anonymous visitors."""
    null_words: Listed[NonEmpty] = NULL_WORDS
    """Texts, in upper or lower case, that mean that there is no user, item or value. Rows without a user or an item are
    set aside."""

    @property
    def label(self) -> str:
        """Short name of this data set for paths, tables and pages, such as `amazon_2014-beauty`."""
        return self.name

    @abstractmethod
    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The files of interactions in the folder `data`, in their order; a `DataError` if one is missing or empty."""

    def item_files(self, data: Path) -> tuple[Path, ...]:  # noqa: ARG002 - most readers look there
        """The files of items in the folder `data`; none where the dump has no metadata."""
        return ()

    def files(self, data: Path) -> tuple[Path, ...]:
        """Every file in the folder `data` that decides what is read; none for a data set that is generated.

        For a file in an archive, this is the archive.
        """
        read = (*self.event_files(data), *self.item_files(data))
        return tuple(dict.fromkeys(archive_of(file) or file for file in read))

    def sources(self) -> tuple[Source, ...] | ManualDownload:
        """Where to get these files; nothing for data that are generated or the user's own."""
        return ()

    def key(self, *path: str) -> str:
        """The key at the end of a path in this configuration, as the user knows it."""
        return ".".join(("dataset", *path))

    def reading(self, path: Path, log: RejectLog, data: Path = Path()) -> Reading:
        """A file of this dump in the folder `data`, to be read with these settings."""
        name, limit = name_in(data, path), self.key("max_rejected")
        return Reading(path, log, name, self.max_rejected, limit, self.null_words)

    @abstractmethod
    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One of the `event_files`, as batches with the columns of `schema.INTERACTIONS` except `position`.

        The column `part` is needed only where the dump brings its own split. Rows that can't be used are set aside.
        Faults that the beginning of a file shows are raised by the call, before any file is read to its end.

        Raises:
            DataError: The file is truncated, lacks a column, or holds too many bad lines.
        """

    @abstractmethod
    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One of the `item_files`, as batches of `schema.ITEMS`; the first row of an id wins. Errors are the same."""

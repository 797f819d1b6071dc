"""What a dump reader is: a configuration that turns a folder of raw files into canonical record batches."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pyarrow as pa

from seqrec.config import Config
from seqrec.datasets.parsing.text import archive_of
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import ByHand, Source

Duplicates = Literal["keep", "exact", "pair"]
"""Policies for repeated interactions."""


class DatasetConfig(Config):
    """A dump and how to read it. One reader is one file with one `Config`."""

    name: str
    """The reader."""
    duplicates: Duplicates = "keep"
    """Which repeated interactions to set aside: none; with `exact`, all but the first of those equal in user, item
    and time; with `pair`, all but the earliest of those equal in user and item. The ingest does it, for every
    reader alike."""

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

        An archive stands for what is read of it.
        """
        read = (*self.event_files(data), *self.item_files(data))
        return tuple(dict.fromkeys(archive_of(file) or file for file in read))

    def sources(self) -> tuple[Source, ...] | ByHand:
        """Where to get these files; nothing for data that are generated or the user's own."""
        return ()

    @abstractmethod
    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One of the `event_files`, as batches with the columns of `schema.INTERACTIONS` except `position`.

        The column `part` is needed only where the dump brings its own split. Rows that can't be used are set aside.
        What the head of a file lacks should be told by the call, before any file is read to its end.

        Raises:
            DataError: The file is truncated, lacks a column, or holds too many bad lines.
        """

    @abstractmethod
    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One of the `item_files`, as batches of `schema.ITEMS`; the first row of an id wins. Errors are the same."""

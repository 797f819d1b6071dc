"""What a dump reader is: a configuration that turns a folder of raw files into canonical record batches."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pyarrow as pa

from seqrec.config import Config
from seqrec.datasets.errors import Rejects
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
    @abstractmethod
    def label(self) -> str:
        """Short name of this data set for paths, tables and pages, such as `amazon_2014-beauty`."""

    @abstractmethod
    def files(self, data: Path) -> tuple[Path, ...]:
        """The files that will be read from the folder `data`; empty for a data set that is generated.

        Raises:
            DataError: A needed file is missing or empty.
        """

    def growing(self, data: Path) -> tuple[Path, ...]:  # noqa: ARG002 - the data of most readers decide
        """The files whose records become interactions, in the order in which they are read; the first of `files`.

        Empty where more records at the end of the last of them, or more files after it, don't leave the earlier
        interactions as they are: then a newer dump is always read as a whole.
        """
        return ()

    def sources(self) -> tuple[Source, ...] | ByHand:
        """Where to get these files; nothing for data that are generated or the user's own."""
        return ()

    @abstractmethod
    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """Batches with the columns of `schema.INTERACTIONS` except `position`, in the order of the dump.

        `part` is needed only where the dump brings its own split. Lines that can't be used go to `rejects`, which
        also says which part of a growing file is to be read (`unread_blocks` sees to that).

        Raises:
            DataError: A file is truncated, lacks a column, or holds too many bad lines.
        """

    @abstractmethod
    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """Batches of `schema.ITEMS`; nothing where the dump has no metadata. The first row of an id wins."""

"""How far a dump was read, so that a newer one that begins with the same bytes is read on from there."""

from dataclasses import dataclass
from pathlib import Path

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.counters import Account
from seqrec.digest import digest_of_file, digests_of_beginnings


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it was when it was looked at."""

    name: str
    size_bytes: int
    digest: str
    """Of that many bytes."""


@dataclass(frozen=True, slots=True)
class DumpFiles:
    """The files of a dump as they are now."""

    growing: tuple[Path, ...]
    """Those that may grow, in the order in which they are read."""
    stamps: tuple[Stamp, ...]
    """Of these."""
    others: tuple[str, ...]
    """Digests of the others."""

    @property
    def digests(self) -> list[str]:
        """Of all files, in their order."""
        return [*(stamp.digest for stamp in self.stamps), *self.others]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """What one ingest read, and what it set aside in each of its three steps."""

    stamps: tuple[Stamp, ...]
    """Of the files that may grow, in the order in which they were read."""
    others: tuple[str, ...]
    """Digests of the other files."""
    events: Account
    """Of the files that may grow."""
    duplicates: Account
    """Of the interactions made of them."""
    items: Account
    """Of the other files."""

    @property
    def n_bytes(self) -> int:
        """How much of the growing files was read."""
        return sum(stamp.size_bytes for stamp in self.stamps)


def look_at(dataset: DatasetConfig, data: Path) -> DumpFiles:
    """The files of the dump in the folder `data`, every byte of them read once.

    Raises:
        DataError: A needed file is missing or empty.
    """
    growing = dataset.growing(data)
    others = dataset.files(data)[len(growing) :]
    return DumpFiles(growing, tuple(map(_stamp, growing)), tuple(map(digest_of_file, others)))


def _stamp(file: Path) -> Stamp:
    # What somebody adds from now on lies beyond this size, and counts as not there yet.
    size = file.stat().st_size
    return Stamp(file.name, size, digests_of_beginnings(file, [size])[size])

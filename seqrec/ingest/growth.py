"""Which files a dump was made of, and whether a later dump has all of them and new ones after them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.find_files import name_in
from seqrec.digest import digest_of_file
from seqrec.errors import DataError
from seqrec.ingest.step import Totals
from seqrec.json_value import Value


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when it was looked at."""

    name: str
    """Its path in the data folder."""
    digest: str


@dataclass(frozen=True, slots=True)
class Bookmark(Value):
    """How far an ingest has read, so that a later one can continue there."""

    event_files: tuple[FileState, ...]
    other_files: tuple[FileState, ...]
    events: Totals
    duplicates: Totals
    items: Totals


@dataclass(frozen=True, slots=True)
class DumpFiles:
    """The files of a dump as they are now."""

    event_paths: tuple[Path, ...]
    """What interactions are read from, in this order."""
    item_paths: tuple[Path, ...]
    """What items are read from."""
    events: tuple[FileState, ...]
    """The files of interactions; an archive stands for what is read of it."""
    others: tuple[FileState, ...]
    """All other files."""
    stats: Mapping[Path, tuple[int, int]]
    """Size in bytes and time of the last change in ns of every file, from before it was looked at."""

    @property
    def digests(self) -> list[str]:
        """The digests of all files, in their order."""
        return [file.digest for file in (*self.events, *self.others)]

    def check_unchanged(self) -> None:
        """Refuse what was read while somebody wrote to it, with a `DataError`."""
        for file, stat in self.stats.items():
            if _stat(file) != stat:
                got, expected = "a file that changed while it was read", "one that nobody writes to meanwhile"
                remedy = "Run the ingest again; let an export rename its files when they are complete."
                raise DataError(str(file), got=got, expected=expected, remedy=remedy)


def look_at(dataset: DatasetConfig, data: Path) -> DumpFiles:
    """The files of the dump in the folder `data`, every byte of them read once; a `DataError` if one is missing."""
    files, event_paths = dataset.files(data), dataset.event_files(data)
    stats = {file: _stat(file) for file in files}
    states = {file: FileState(name_in(data, file), digest_of_file(file)) for file in files}
    events = {file: states[file] for path in event_paths for file in (path, *path.parents) if file in states}
    others = tuple(states[file] for file in files if file not in events)
    return DumpFiles(event_paths, dataset.item_files(data), tuple(events.values()), others, stats)


def obstacle(bookmark: Bookmark, files: DumpFiles) -> str | None:
    """Why an ingest of these files can't continue an earlier one, in a few words; None if it can."""
    for place, old in enumerate(bookmark.event_files):
        if old.name not in {file.name for file in files.events}:
            return f"{old.name} is gone"
        now = files.events[place]
        if now.name != old.name:
            return f"{now.name} is new and comes before {old.name}"
        if now.digest != old.digest:
            return f"{old.name} has changed"
    return None if len(files.events) > len(bookmark.event_files) else "no file of interactions is new"


def _stat(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns

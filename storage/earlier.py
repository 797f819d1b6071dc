"""An older dump of the same source in the store, for a newer one to read on from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.bookmark import Bookmark, DumpFiles
from seqrec.datasets.counters import Account
from seqrec.datasets.errors import Rejects
from seqrec.datasets.growth import beginnings, obstacle, other_unit, spans_of
from seqrec.datasets.parsing.lines import Span
from seqrec.errors import StorageError
from storage.files.bookmark import BOOKMARK, read_bookmark
from storage.store import Artifact, Store

INTERACTIONS_FILE = "interactions.parquet"
ITEMS_FILE = "items.parquet"
REJECTS_FILE = "rejects.parquet"

Step = Literal["events", "duplicates", "items"]
STEPS: Final[tuple[Step, ...]] = ("events", "duplicates", "items")
"""The steps of an ingest, in the order in which their rows stand in the table of rejects."""

_UNTOLD = "what is new in a dump of this form can't be told"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A dump that was read before, and that the present one begins with."""

    artifact: Artifact
    bookmark: Bookmark

    @property
    def folder(self) -> Path:
        """Where its tables are."""
        return self.artifact.path

    def interactions(self) -> Iterator[pa.RecordBatch]:
        """Its interactions without duplicates, in order."""
        with pq.ParquetFile(self.folder / INTERACTIONS_FILE) as file:
            yield from file.iter_batches()

    @property
    def n_interactions(self) -> int:
        """How many there were with duplicates, and so the next position."""
        n_kept: int = pq.read_metadata(self.folder / INTERACTIONS_FILE).num_rows
        return n_kept + sum(self.bookmark.duplicates.reasons.values())

    def rejects(self, step: Step, spans: Mapping[Path, Span]) -> Rejects:
        """What one step of its ingest set aside, to be gone on with over `spans`."""
        n_rows = {one: self._account(one).n_rows for one in STEPS}
        first = sum(n_rows[one] for one in STEPS[: STEPS.index(step)])
        rows = pq.read_table(self.folder / REJECTS_FILE).slice(first, n_rows[step])
        return Rejects.resumed(self._account(step), rows, spans)

    def _account(self, step: Step) -> Account:
        return {
            "events": self.bookmark.events,
            "duplicates": self.bookmark.duplicates,
            "items": self.bookmark.items,
        }[step]


def find_earlier(
    store: Store, inputs: Mapping[str, object], dataset: DatasetConfig, data: Path, files: DumpFiles
) -> Earlier | str | None:
    """The most of a dump that was ingested before; why it can't be used, if there is such; None if there never was any.

    Args:
        store: Where the dumps are.
        inputs: What they must have been made with, other than the files.
        dataset: How the dump is read.
        data: Its folder.
        files: Those in it.

    Raises:
        DataError: The beginning of a file that has grown can't be read.
    """
    keys = store.akin("dump", inputs)
    if not keys:
        return None
    if not files.growing:
        return _UNTOLD
    older, damages = _readable(store, keys)
    known = beginnings(files, (one.bookmark for one in older))
    obstacles = [obstacle(one.bookmark, files, known) for one in older]
    job = [one for one, why in zip(older, obstacles, strict=True) if why is None]
    for best in sorted(job, key=lambda one: one.bookmark.n_bytes, reverse=True):
        try:
            # What a bad disk did to the old tables would go on into all that are made of them.
            store.verify(best.artifact)
        except StorageError as error:
            damages.append(_damage(error))
        else:
            return other_unit(dataset, data, best.bookmark, spans_of(files, best.bookmark)) or best
    return next(iter([*damages, *filter(None, obstacles)]), _UNTOLD)


def _readable(store: Store, keys: Iterable[str]) -> tuple[list[Earlier], list[str]]:
    """The dumps with a bookmark, in the order of their keys, and what is wrong with those that are damaged."""
    readable, damages = [], []
    for key in keys:
        try:
            artifact = store.open("dump", key)
            if (artifact.path / BOOKMARK).exists():
                readable.append(Earlier(artifact, read_bookmark(artifact.path)))
        except StorageError as error:
            damages.append(_damage(error))
    return readable, damages


def _damage(error: StorageError) -> str:
    return f"what is kept of the earlier one is damaged ({error.subject})"

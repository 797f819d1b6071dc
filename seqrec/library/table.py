"""The dataset `table` for a notebook: it reads frames as well as files, and names arguments instead of keys."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
from pydantic import PrivateAttr

from seqrec.datasets import table
from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.table_files import TableFile
from seqrec.datasets.reading import Reading

INTERACTIONS, ITEMS = Path("interactions"), Path("items")
"""What frames are called where files have paths."""


class Table(table.Config):
    """A user's own data, in files or in frames."""

    _frames: Mapping[Path, pl.DataFrame] = PrivateAttr(default_factory=dict)

    def with_frames(self, frames: Mapping[Path, pl.DataFrame]) -> "Table":
        """Returns the same table, which reads frames in the place of some files."""
        copy = self.model_copy()
        copy._frames = frames  # noqa: SLF001 - of the same class
        return copy

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The interactions: a frame, or the files."""
        return (INTERACTIONS,) if INTERACTIONS in self._frames else super().event_files(data)

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The items: a frame, a file, or nothing."""
        return (ITEMS,) if ITEMS in self._frames else super().item_files(data)

    def files(self, data: Path) -> tuple[Path, ...]:
        """The files that are no frames."""
        return tuple(file for file in super().files(data) if file not in self._frames)

    def key(self, *path: str) -> str:
        """The argument of `read` for a key."""
        match path:
            case ("events", "file"):
                return "the first argument"
            case ("catalogue", "file"):
                return "the argument items"
            case ("catalogue", field):
                return f"item_columns['{field}']"
            case _:
                return f"the argument {path[-1]}"

    def open(self, source: table.Source, reading: Reading) -> TableFile:
        """Looks at a frame, or at the beginning of a file."""
        frame = self._frames.get(reading.path)
        if frame is None:
            return super().open(source, reading)
        reading.record = "row"
        return TableFile(reading, "parquet", dict(frame.schema), lambda names: _rows(frame, names, reading))


def _rows(frame: pl.DataFrame, names: list[str], reading: Reading) -> Iterator[pl.DataFrame]:
    reading.n_records += frame.height
    yield frame[names].with_columns(pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias(LINE))

"""Small dumps that grow night by night, and the results of their ingest."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.table import Config, Events
from seqrec.ingest.growth import look_at
from seqrec.ingest.ingest import Earlier
from storage.dump import get_or_read
from storage.files.bookmark import read_bookmark
from storage.store import Artifact, Store

TABLES = ("interactions", "items", "rejects", "quality")


@dataclass(frozen=True)
class Ingested:
    """The results of an ingest."""

    artifact: Artifact
    earlier: Earlier | str | None

    @property
    def n_files_before(self) -> int:
        """Number of files that were not read again."""
        return len(self.earlier.bookmark.event_files) if isinstance(self.earlier, Earlier) else 0

    def same_as(self, other: "Ingested") -> bool:
        """Return whether all contents of both are equal."""
        mine, others = self.artifact, other.artifact
        assert (mine.key, mine.facts) == (others.key, others.facts)
        assert (mine.path / "quality.json").read_bytes() == (others.path / "quality.json").read_bytes()
        assert read_bookmark(mine.path) == read_bookmark(others.path)
        for table in TABLES:
            a, b = (pl.read_parquet(path / f"{table}.parquet") for path in (mine.path, others.path))
            assert a.equals(b), (a, b)
        return True


def ingest(root: Path, config: DatasetConfig, data: Path) -> Ingested:
    """Ingest the dump in `data` into the store in `root`, or find it there."""
    return Ingested(*get_or_read(Store(root), config, data, look_at(config, data), 1_000))


def table(file: str = "orders-*.parquet", **more: object) -> Config:
    """Return a reader for such a table."""
    return Config(events=Events(file=file), **more)


def orders(folder: Path, night: int, users: str) -> Path:
    """Write the file of one night, with one order of each user."""
    times = [datetime(2024, 1, night, hour, tzinfo=UTC) for hour in range(len(users))]
    frame = pl.DataFrame({"user_id": list(users), "item_id": ["i"] * len(users), "timestamp": times})
    frame.write_parquet(folder / f"orders-{night}.parquet")
    return folder / f"orders-{night}.parquet"

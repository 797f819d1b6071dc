"""Small dumps that grow, and what an ingest leaves of them."""

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.table import Config, Events
from storage.dump import get_or_read
from storage.earlier import Earlier
from storage.files.bookmark import BOOKMARK, read_bookmark
from storage.store import Artifact, Store
from tests.seqrec.datasets.test_contract import WITH_FILES, lay_out, pristine

TABLES = ("interactions", "items", "rejects", "quality")


def growing_dump(name: str) -> tuple[DatasetConfig, dict[str, bytes]]:
    """A small dump, read in such a way that it may grow."""
    config, files = pristine(name)
    return (config.model_copy(update={"metadata": "any"}) if name == "steam" else config), files


def growing_name(config: DatasetConfig, files: dict[str, bytes]) -> str | None:
    """The file of a dump that may grow at its end, if there is one."""
    with TemporaryDirectory() as folder:
        lay_out(Path(folder), files)
        growing = config.growing(Path(folder))
        assert growing == config.files(Path(folder))[: len(growing)]
        return growing[-1].relative_to(folder).as_posix() if growing else None


STILL = {"steam", "yelp_tar"}
"""Those that can't be read on, as they are configured."""
GROWING = {name: growing_name(*growing_dump(name)) for name in WITH_FILES}
WITH_LINES = {
    name: file for name, file in GROWING.items() if file is not None and not pristine(name)[1][file].startswith(b"PAR1")
}


@dataclass(frozen=True)
class Ingested:
    """What an ingest left."""

    artifact: Artifact
    older: Earlier | str | None

    def same_as(self, other: "Ingested") -> bool:
        """Whether everything that anybody reads of both is equal."""
        mine, others = self.artifact, other.artifact
        assert (mine.key, mine.facts) == (others.key, others.facts)
        assert (mine.path / "quality.json").read_bytes() == (others.path / "quality.json").read_bytes()
        if (mine.path / BOOKMARK).exists():
            assert read_bookmark(mine.path) == read_bookmark(others.path)
        for table in TABLES:
            a, b = (pl.read_parquet(path / f"{table}.parquet") for path in (mine.path, others.path))
            assert a.equals(b), (a, b)
        return True


def ingest(root: Path, config: DatasetConfig, data: Path) -> Ingested:
    """The dump in `data`, from or into the store in `root`."""
    return Ingested(*get_or_read(Store(root), {"dataset": config.model_dump(mode="json")}, config, data, 1_000))


def packed(parts: list[bytes], *, gzipped: bool) -> bytes:
    """A file of these parts, each a member of its own where it is gzipped."""
    return b"".join(gzip.compress(part, mtime=0) if gzipped else part for part in parts)


HEADER = "user_id,item_id,timestamp\n"
OLD = f"{HEADER}u1,i1,1365984000\nu1,i2,1365984100\nu2,i1,\nu2,i1,1365984300\n"
NEW = "u3,i3,1365984400\nu3,i1,1365984500\n"


def table(file: str = "events.csv", **more: object) -> Config:
    """What reads such a table."""
    return Config(events=Events(file=file), **more)


def orders(folder: Path, night: int, users: list[str]) -> None:
    """The file of one night, with an order of each user."""
    times = [datetime(2024, 1, night, hour, tzinfo=UTC) for hour in range(len(users))]
    frame = pl.DataFrame({"user_id": users, "item_id": ["i"] * len(users), "timestamp": times})
    frame.write_parquet(folder / f"orders-{night}.parquet")

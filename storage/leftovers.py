"""What a data root holds beside the store that may be old: lists, checkpoints, reports, databases, cached vectors."""

import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from seqrec.digest import DIGEST_LENGTH
from storage.claims import REMOVING
from storage.history import REPORT, History, experiments_of
from storage.recommendations import Recommendations
from storage.settings import Settings

Room = Literal["store", "runs", "lists", "checkpoints", "reports", "databases", "vectors", "interrupted removals"]

_KEY: Final = re.compile(rf"[0-9a-f]{{{DIGEST_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder that can be removed as a whole."""

    room: Room
    what: str
    """Its kind, in words."""
    path: Path
    n_bytes: int
    used_at: datetime
    """When it was used or changed last, in UTC."""


@dataclass(frozen=True, slots=True)
class CachedVectors:
    """The cached vectors of one encoder, which may have been paid for."""

    item: Item
    n_texts: int
    """Texts that would have to be embedded again."""


def leftovers(settings: Settings, since: datetime) -> Iterator[Item]:
    """Yield what nobody needs that has not been used since."""
    everything = (_lists(settings), _checkpoints(settings), _reports(settings), _databases(settings))
    for some in everything:
        yield from (item for item in some if item.used_at < since)
    yield from _interrupted(settings)


def cached_vectors(settings: Settings, needed: Collection[str]) -> Iterator[CachedVectors]:
    """Yield the cached vectors of each encoder that nothing needs.

    Args:
        settings: The data root.
        needed: The identities of the encoders whose vectors stay.
    """
    for path in sorted(settings.vectors_dir.glob("*.sqlite")):
        if path.stem not in needed:
            yield CachedVectors(item_of("vectors", "of an encoder that nothing uses", path), _n_texts(path))


def _n_texts(path: Path) -> int:
    """Return the number of texts in a file of vectors; a damaged one has none that could be used."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=60.0)) as connection:
            return int(connection.execute("select count(*) from vectors").fetchone()[0])
    except sqlite3.DatabaseError:
        return 0


def item_of(room: Room, what: str, path: Path) -> Item:
    """Return a file or folder with its size and the time of its last change."""
    return Item(room, what, path, n_bytes_of(path), datetime.fromtimestamp(path.stat().st_mtime, UTC))


def n_bytes_of(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; links count as nothing."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink())


def _lists(settings: Settings) -> Iterator[Item]:
    for folder in sorted(settings.recommendations_dir.glob("*")):
        last = Recommendations(settings.recommendations_dir, folder.name).last()
        for scoring in sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()):
            if not scoring.name.startswith(REMOVING) and scoring != last:
                hidden = scoring.name.startswith(".")
                yield item_of("lists", "unfinished lists" if hidden else "lists that newer ones replaced", scoring)


def _checkpoints(settings: Settings) -> Iterator[Item]:
    for folder in sorted(settings.work_dir.glob("*")):
        if _KEY.fullmatch(folder.name):
            is_finished = (settings.store_dir / "model" / folder.name).is_dir()
            what = "of a finished training" if is_finished else "of a training that nobody resumed"
            yield item_of("checkpoints", what, folder)


def _reports(settings: Settings) -> Iterator[Item]:
    known = experiments_of(settings.reports_dir)
    for page in sorted(settings.reports_dir.glob(f"*/{REPORT}")):
        if page.parent.name not in known:
            yield item_of("reports", "of a run that is gone", page)


def _databases(settings: Settings) -> Iterator[Item]:
    for folder in (settings.data_root, settings.prefect_dir, settings.mlflow_dir):
        for path in sorted(folder.glob("*.damaged*")):
            yield item_of("databases", "damaged, set aside", path)


def _interrupted(settings: Settings) -> Iterator[Item]:
    for pattern in ("store/*", "recommendations/*", "work"):
        for path in sorted(settings.data_root.glob(f"{pattern}/{REMOVING}*")):
            yield item_of("interrupted removals", "by `seqrec clean`", path)


def old_runs(history: History, since: datetime) -> list[Path]:
    """Return the records of the runs that finished before `since`, except the last one."""
    records = list(history.records().items())
    return [file for file, run in records[1:] if datetime.fromisoformat(run.finished_at) < since]

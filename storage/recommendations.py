"""Recommendations for all users, in parts that appear one by one, and as a whole only when all are there."""

import logging
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from seqrec.digest import digest_of_file
from seqrec.errors import StorageError
from storage.atomic_write import atomic_write, discard, publish, writing
from storage.claims import claim
from storage.files import read_json, write_json, write_table

MANIFEST: Final = "manifest.json"
LATEST: Final = "latest"
PARTS: Final = "part-*.parquet"
ITEMS: Final = "model/items.parquet"
"""The items that the model knew, apart from the lists, so that `*.parquet` reads the lists alone."""
HISTORIES: Final = "model/histories.parquet"
"""Digests of the histories that the lists rest on."""


log = logging.getLogger("seqrec.recommendations")


class Recommendations:
    """The recommendations of one experiment: a folder per scoring, and `latest`, a link to the last one.

    Args:
        root: Folder of the recommendations of all experiments.
        experiment: Name of the experiment.
    """

    def __init__(self, root: Path, experiment: str) -> None:
        self._folder = root / experiment

    @property
    def latest(self) -> Path:
        """The last scoring that is complete."""
        return self._folder / LATEST

    def write(
        self,
        key: str,
        n_parts: int,
        part: Callable[[int], pl.DataFrame],
        facts: Callable[[], Mapping[str, object]],
        items: Path,
        histories: pl.DataFrame,
    ) -> Path:
        """Write all parts that are not there yet, then the manifest, and return the complete folder.

        A scoring that was interrupted goes on with the first part that is missing. One that is complete is returned as
        it is, unless a file of it is damaged: then it is made again, with a warning.

        Args:
            key: Digest of everything that determines the lists.
            n_parts: Number of parts.
            part: Returns the rows of a part.
            facts: Returns what the manifest says besides the files.
            items: The items that the model knew; the file is copied.
            histories: Digests of the histories that the lists rest on.

        Raises:
            StorageError: The disk is full, or the folder can't be written.
        """
        done = self._found(key)
        if done is None:
            making = self._folder / f".{key}"
            with writing(self._folder):
                making.mkdir(parents=True, exist_ok=True)
            for number in range(n_parts):
                file = making / f"part-{number:05d}.parquet"
                if not file.exists():
                    frame = part(number)
                    with atomic_write(file) as hidden:
                        write_table(hidden, frame)
            with writing(making):
                (making / ITEMS).parent.mkdir(exist_ok=True)
                shutil.copyfile(items, making / ITEMS)
            write_table(making / HISTORIES, histories)
            files = {
                str(file.relative_to(making)): {"size_bytes": file.stat().st_size, "digest": digest_of_file(file)}
                for file in sorted(making.rglob("*.parquet"))
            }
            n_rows = pl.scan_parquet(making / PARTS).select(pl.len()).collect().item()
            made_at = datetime.now(UTC)
            manifest = {"made_at": made_at.isoformat(timespec="seconds"), "n_rows": n_rows, **facts(), "files": files}
            write_json(making / MANIFEST, manifest)
            done = self._folder / f"{made_at:%Y%m%dT%H%M%S}-{key}"
            with writing(self._folder):
                publish(making, done)
        self._point(done)
        return done

    def last(self) -> Path | None:
        """Return the folder of the last complete scoring, or None if there is none."""
        return self.latest.resolve() if (self.latest / MANIFEST).is_file() else None

    def last_sound(self) -> Path | None:
        """Return the folder of the last complete scoring, or None if there is none.

        Raises:
            StorageError: A file of it is damaged.
        """
        folder = self.last()
        damaged = None if folder is None else _damaged(folder)
        if damaged is not None:
            raise StorageError(
                str(damaged),
                got="a file that is missing or changed",
                expected="a file as its manifest describes it",
                remedy="Score everyone, which makes these lists anew.",
            )
        return folder

    def _complete(self) -> list[Path]:
        return sorted((file.parent for file in self._folder.glob(f"[0-9]*/{MANIFEST}")), reverse=True)

    def _found(self, key: str) -> Path | None:
        """Return the complete scoring under a key, or None; a damaged one is removed."""
        for folder in self._complete():
            if folder.name.endswith(f"-{key}"):
                claim(folder)
                damaged = _damaged(folder)
                if damaged is None:
                    return folder
                log.warning("A damaged scoring is made again: %s.", damaged)
                with writing(self._folder):
                    discard(folder)
        return None

    def _point(self, folder: Path) -> None:
        """Let the link `latest` lead to a folder; readers see the old one or the new one."""
        hidden = self._folder / f".{LATEST}.{os.getpid()}"
        with writing(self._folder):
            hidden.unlink(missing_ok=True)
            hidden.symlink_to(folder.name)
            hidden.replace(self.latest)


def _damaged(folder: Path) -> Path | None:
    """Return the first file of a scoring that its manifest does not describe, or None."""
    try:
        files = read_json(folder / MANIFEST)["files"]
    except (StorageError, KeyError, TypeError):
        return folder / MANIFEST
    for name, file in files.items():
        path = folder / str(name)
        if not path.is_file() or digest_of_file(path) != file["digest"]:
            return path
    return None

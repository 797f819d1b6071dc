"""Checkpoints, from which an interrupted training resumes."""

import json
import logging
import uuid
from collections.abc import Sequence
from pathlib import Path

from seqrec.digest import digest_of_file
from seqrec.errors import StorageError
from seqrec.types import EpochReport, State
from storage.atomic_write import discard, publish, writing
from storage.files import read_json, read_state, write_json, write_state

log = logging.getLogger("seqrec.checkpoints")

REPORTS = "reports.json"
DIGESTS = "digests.json"


class Checkpoints:
    """The checkpoints of one training, in a folder of its own.

    Each is a numbered folder that appears only when it is complete. The last two are kept: if the newest is damaged,
    training resumes from the one before it. One process writes at a time: the one that holds the model's lock.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, state: State, reports: Sequence[EpochReport]) -> None:
        """Write `state`, with the reports of all epochs up to it.

        Raises:
            StorageError: The disk is full, or the folder can't be written.
        """
        earlier = self._saved()
        number = int(earlier[-1].name) + 1 if earlier else 1
        hidden = self.folder / f".{uuid.uuid4().hex}"
        with writing(self.folder):
            for torn in self.folder.glob(".*"):
                discard(torn)
            hidden.mkdir(parents=True)
            try:
                write_state(hidden, state)
                # Python's JSON preserves infinities, NaN and every digit of other numbers.
                (hidden / REPORTS).write_text(json.dumps([report.to_json() for report in reports]), encoding="utf-8")
                write_json(hidden / DIGESTS, {file.name: digest_of_file(file) for file in hidden.iterdir()})
                publish(hidden, self.folder / f"{number:08d}")
            finally:
                discard(hidden)
            for old in earlier[:-1]:
                discard(old)

    def load(self) -> tuple[State, list[EpochReport]] | None:
        """Return the newest undamaged state and the reports up to it, or None if there is none."""
        for folder in reversed(self._saved()):
            try:
                return _load(folder)
            except StorageError as error:
                log.warning(
                    "Skipped a damaged checkpoint; training resumes from the one before it, or else starts over. %s",
                    error,
                )
        return None

    def clear(self) -> None:
        """Remove all checkpoints of this training."""
        discard(self.folder)

    def _saved(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*"))


def _load(folder: Path) -> tuple[State, list[EpochReport]]:
    for name, digest in read_json(folder / DIGESTS).items():
        found = digest_of_file(folder / name) if (folder / name).is_file() else "no such file"
        if found != digest:
            remedy = "No action is needed: training resumes without it."
            raise StorageError(str(folder / name), got=found, expected=f"digest {digest}", remedy=remedy)
    return read_state(folder), [EpochReport.from_json(raw) for raw in read_json(folder / REPORTS)]

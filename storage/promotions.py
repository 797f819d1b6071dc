"""The promotions of each experiment: one file per event, so that the history is only ever added to."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from seqrec.json_value import Value
from storage.files.json_file import read_record, write_json


@dataclass(frozen=True, slots=True)
class Promotion(Value):
    """What was decided about an experiment's champion."""

    at: str
    """Time in UTC, as ISO 8601."""
    decision: Literal["PROMOTE", "HOLD", "REJECT", "REFRESH", "FORCE", "ROLLBACK"]
    reasons: tuple[str, ...]
    challenger: str
    """Label of the model that was judged, or that answers again."""
    version: str | None
    """The registered version that answers since then; None if nothing changed."""
    replaced: str | None
    """The version that answered before."""
    comparison: str | None
    """Key of the comparison that it rests on; None for a rollback."""


class Promotions:
    """The history of one experiment.

    Args:
        folder: Folder of all histories.
        experiment: Name of the experiment.
    """

    def __init__(self, folder: Path, experiment: str) -> None:
        self._folder = folder / experiment

    def add(self, promotion: Promotion) -> None:
        """Add an event.

        Raises:
            StorageError: The folder can't be written.
        """
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:8]}.json"
        write_json(self._folder / name, promotion.to_json())

    def all(self) -> list[Promotion]:
        """Return all events, the last one first.

        Raises:
            StorageError: A record is damaged.
        """
        events = []
        for file in sorted(self._folder.glob("[0-9]*.json"), reverse=True):
            remedy = "Move this file away. The other decisions are still there, and the champion stays who it is."
            events.append(read_record(file, Promotion, "the record of a promotion", remedy))
        return events


def now() -> str:
    """Return the time in UTC, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")

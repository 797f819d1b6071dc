"""The promotions of each experiment: one file per event, so that the history is only ever added to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqrec.json_value import Value
from storage.records import Records


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
    champion: str | None = None
    """Label of the model that answers from then on, if it is not the challenger."""

    @property
    def model(self) -> str:
        """Label of the model that the decision is about: the one that is fitted again, or the challenger."""
        return self.challenger if self.decision != "REFRESH" or self.champion is None else self.champion


class Promotions(Records[Promotion]):
    """The history of one experiment.

    Args:
        folder: Folder of all histories.
        experiment: Name of the experiment.
    """

    def __init__(self, folder: Path, experiment: str) -> None:
        super().__init__(
            folder / experiment,
            Promotion,
            "the record of a promotion",
            "Move this file away. The other decisions are still there, and the champion stays who it is.",
        )

"""A night: what changed in the dump, how the last lists did, what the models reached, and who answers since then."""

from dataclasses import dataclass

from seqrec.evaluation.results import Cell, Table
from seqrec.ingest.drift import Drift
from seqrec.json_value import Value
from seqrec.models import FLOORS
from seqrec.serving.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Score(Value):
    """The ranking metric of one model on the test cases of a night."""

    label: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Night(Value):
    """What happened in one night. Metrics of two nights differ in their test cases too."""

    at: str
    """The end of the night in UTC, as ISO 8601."""
    comparison: str
    """The key of the night's comparison."""
    metric: str
    """The metric that orders the table."""
    n_cases: int
    best: Score
    floor: Score
    """The best of the floors."""
    champion: Score | None
    """The model that answers after the night; None without a champion, or if the night did not compare it."""
    version: str | None
    """The registered version that answers after the night."""
    decision: str
    reasons: tuple[str, ...]
    drift: Drift | None
    """What changed since the dump before; None in the first night."""
    outcome: Outcome | None
    """How the lists of the night before did; None if there were none, or nobody came back."""


def scores_of(table: Table, champion: str | None) -> tuple[Score, Score, Score | None]:
    """Returns the scores of the best model, of the best floor and of the champion, if the table has it."""
    scores = [Score(row.label, row.cells[table.comparison]) for row in table.rows]
    models = {row.label: row.model for row in table.rows}
    floor = next(score for score in scores if models[score.label] in FLOORS)
    return scores[0], floor, next((score for score in scores if score.label == champion), None)

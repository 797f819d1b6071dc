"""What evaluation and comparison give: frozen values that JSON can carry from one step to the next.

Metrics are called by name and cut-off, such as `ndcg_at_20`. Intervals are at the confidence of their table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from seqrec.json_value import Value
from seqrec.training.footprint import Footprint
from seqrec.types import EpochReport, Rankings


@dataclass(frozen=True, slots=True)
class Memory(Value):
    """What a training took of its device's memory, beside what was in use before."""

    expected: Footprint | None = None
    """The estimate of before; None on a GPU, and for a model that is not trained in steps."""
    peak_bytes: int | None = None
    """As it was measured; None where the system does not say."""


@dataclass(frozen=True, slots=True)
class Fit(Value):
    """How one model was trained with one seed."""

    label: str
    """The model's name in the experiment."""
    model: str
    """The `name` of its configuration: what kind of model it is."""
    seed: int
    duration_s: float
    n_parameters: int
    best_epoch: int | None
    """The epoch whose weights are kept; None for a model without epochs."""
    epochs: tuple[EpochReport, ...]
    device: str
    precision: str
    memory: Memory = Memory()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How one trained model answered the test cases."""

    label: str
    model: str
    seed: int
    metrics: Mapping[str, float]
    rankings: Rankings
    fit: Fit
    protocol_digest: str
    """Of the protocol that the test cases come from: only equal ones may share a table."""


@dataclass(frozen=True, slots=True)
class Failure(Value):
    """A model that could not be trained or evaluated with one seed, and why."""

    label: str
    seed: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cell(Value):
    """One number of a table: its mean over seeds and how sure it is."""

    mean: float
    sd: float | None
    """Standard deviation over seeds (n - 1); None for one seed."""
    low: float | None
    """Lower end of the interval over test cases; None where the number is no mean over cases."""
    high: float | None


@dataclass(frozen=True, slots=True)
class Row(Value):
    """One model of a table."""

    label: str
    model: str
    n_seeds: int
    seeds: tuple[int, ...]
    cells: Mapping[str, Cell]
    difference: Cell | None
    """Comparison metric minus the reference's, case by case; None for the reference itself."""
    p_value: float | None
    """Of the paired test against the reference, two-sided."""
    p_adjusted: float | None
    """The same after Holm's correction for the number of models tested."""
    duration_s: float
    """Training time, mean over seeds."""
    n_parameters: int
    best_epoch: float | None
    """Mean over seeds; None for a model without epochs."""


@dataclass(frozen=True, slots=True)
class Table(Value):
    """Models under one protocol, best first."""

    title: str
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]
    reference: str
    """Label of the row that the others are tested against."""
    comparison: str
    """Name of the metric that orders the rows and is tested."""
    n_cases: int
    protocol_digest: str
    confidence: float

    def row(self, label: str) -> Row:
        """The row of one model; `KeyError` if it is not in the table."""
        for row in self.rows:
            if row.label == label:
                return row
        raise KeyError(label)


@dataclass(frozen=True, slots=True)
class Group(Value):
    """Some of the test cases, and what each model makes of them."""

    name: str
    n_cases: int
    cells: Mapping[str, Mapping[str, Cell]]
    """By metric, then by label."""


@dataclass(frozen=True, slots=True)
class Slices(Value):
    """The test cases in groups by one of their properties."""

    title: str
    description: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class ComparisonResult(Value):
    """Everything a comparison gives."""

    table: Table
    slices: tuple[Slices, ...]

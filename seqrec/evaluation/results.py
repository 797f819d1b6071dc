"""The results of evaluation and comparison: frozen values that can be passed between steps as JSON.

Metrics are named by kind and cut-off, such as `ndcg_at_20`. Intervals have the confidence of their table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from seqrec.json_value import Value
from seqrec.training.footprint import Footprint
from seqrec.types import EpochReport, Rankings

Verdict = Literal["reference", "better", "worse", "unclear", "one training"]
"""How a model compares with the reference of its table."""


@dataclass(frozen=True, slots=True)
class Memory(Value):
    """The memory that a training took on its device, besides what was in use before."""

    expected: Footprint | None = None
    """The estimate before the training; None on a GPU, and for a model that is not trained in steps."""
    peak_bytes: int | None = None
    """The measured peak; None if the system does not report it."""


@dataclass(frozen=True, slots=True)
class Machine(Value):
    """Where a model was trained: everything besides its configuration that changes the last bits of its weights."""

    device: str
    precision: str
    n_threads: int
    processor: str

    def __str__(self) -> str:
        threads = f"{self.n_threads} thread{'s' * (self.n_threads != 1)}"
        return f"{self.device} in {self.precision} with {threads} on {self.processor}"


@dataclass(frozen=True, slots=True)
class Origin(Value):
    """What a training began with instead of random weights."""

    model: str
    """The key of the earlier model."""
    seen: str
    """The key of the events that this model, and those that it began with, were trained on."""


@dataclass(frozen=True, slots=True)
class Fit(Value):
    """The facts about the training of one model with one seed."""

    label: str
    """The model's label in the experiment."""
    model: str
    """The `name` of its configuration, which is the kind of model."""
    seed: int
    duration_s: float
    n_parameters: int
    best_epoch: int | None
    """The epoch whose weights are kept; None for a model without epochs."""
    epochs: tuple[EpochReport, ...]
    machine: Machine
    memory: Memory = Memory()
    origin: Origin | None = None
    """What the training began with; None for a start from nothing."""

    def was_improving_at(self, max_epochs: int | None) -> bool:
        """Returns whether the epoch with the best validation was the last one that was allowed."""
        searched = [report for report in self.epochs if report.phase == "fit"]
        return bool(searched) and searched[-1].epoch == searched[-1].best_epoch == max_epochs


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluation of one trained model on the test cases."""

    label: str
    model: str
    seed: int
    metrics: Mapping[str, float]
    rankings: Rankings
    fit: Fit
    protocol_digest: str
    """The digest of the protocol of the test cases; a table shows results of one digest only."""
    stochastic: bool
    """Whether another seed would have given another model."""


@dataclass(frozen=True, slots=True)
class Failure(Value):
    """A model that could not be trained or evaluated with one seed, and the reason."""

    label: str
    seed: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cell(Value):
    """One number of a table: its mean over seeds and its uncertainty."""

    mean: float
    sd: float | None
    """The standard deviation over seeds (n - 1); None for one seed."""
    low: float | None
    """The lower end of the interval over seeds and test cases, or over cases alone if there is one training; None if
    the number is not a mean over cases, and for a single case."""
    high: float | None


@dataclass(frozen=True, slots=True)
class SignFlip(Value):
    """The sign-flip test of these trainings against those of the reference, which knows nothing about other seeds."""

    p_value: float
    """The two-sided p-value of the paired test over test cases, with each model's values averaged over its seeds."""
    p_adjusted: float
    """The p-value after Holm's correction for the number of tested models."""
    is_bound: bool
    """Whether no resample was as extreme as the data, so that the true p-values are smaller than these."""


@dataclass(frozen=True, slots=True)
class Row(Value):
    """One model of a table."""

    label: str
    model: str
    n_seeds: int
    seeds: tuple[int, ...]
    one_training: bool
    """Whether this is a single one of many possible trainings, so that its intervals cover test cases only."""
    cells: Mapping[str, Cell]
    difference: Cell | None
    """The comparison metric minus the reference's, case by case; None for the reference itself."""
    p_value: float | None
    """The two-sided p-value of the t test against the reference, over seeds and test cases; None for the reference, and
    if this model or the reference has one training, which tells nothing about others."""
    p_adjusted: float | None
    """The p-value after Holm's correction for the number of these tests."""
    sign_flip: SignFlip | None
    """The test of these trainings alone; None for the reference."""
    duration_s: float
    """The training time, as a mean over seeds."""
    n_parameters: int
    best_epoch: float | None
    """The mean over seeds; None for a model without epochs."""
    stopped_at: int | None = None
    """The `max_epochs` at which the training with some seed ended although its validation still improved; None if there
    is no such seed."""


@dataclass(frozen=True, slots=True)
class Table(Value):
    """Models under one protocol, best first."""

    title: str
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]
    reference: str
    """The label of the row that the others are tested against."""
    comparison: str
    """The name of the metric that orders the rows and is tested."""
    n_cases: int
    protocol_digest: str
    confidence: float
    notes: tuple[str, ...] = ()
    """What one must know to read some of the rows."""

    def row(self, label: str) -> Row:
        """Returns the row of one model; raises `KeyError` if it is not in the table."""
        for row in self.rows:
            if row.label == label:
                return row
        raise KeyError(label)

    def verdict(self, row: Row) -> Verdict:
        """Returns how a row compares with the reference.

        There is no verdict if the row or the reference is one of many possible trainings, which tells nothing about the
        others.
        """
        if row.difference is None:
            return "reference"
        if row.p_adjusted is None:
            return "one training"
        if row.p_adjusted >= 1.0 - self.confidence:
            return "unclear"
        return "better" if row.difference.mean > 0 else "worse"


@dataclass(frozen=True, slots=True)
class Group(Value):
    """A group of test cases, and each model's metrics on them."""

    name: str
    n_cases: int
    cells: Mapping[str, Mapping[str, Cell]]
    """The cells by metric, then by label."""


@dataclass(frozen=True, slots=True)
class Slices(Value):
    """The test cases in groups by one of their properties."""

    title: str
    description: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class ComparisonResult(Value):
    """The full result of a comparison."""

    table: Table
    slices: tuple[Slices, ...]

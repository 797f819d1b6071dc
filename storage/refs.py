"""References to stored artifacts, which tasks pass to each other in place of the data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a stored artifact, small enough to send anywhere.

    Each kind has its own class, so that the type checker rejects vectors where a split is expected.
    """

    kind: ClassVar[str]

    key: str
    """Key in the store."""
    uri: str
    """Folder of the artifact."""
    rows: int
    """Size of the artifact, in the unit of its kind."""


@dataclass(frozen=True, slots=True)
class DumpRef(Ref):
    """Canonical tables of a dump; rows are interactions."""

    kind: ClassVar[str] = "dump"


@dataclass(frozen=True, slots=True)
class TrainingRef(Ref):
    """The part of a split that models learn from; rows are training sessions.

    The key is a digest of the content, so that protocols that differ only in the test share their fitted models.
    """

    kind: ClassVar[str] = "training"

    n_items: int
    """Items of the vocabulary."""


@dataclass(frozen=True, slots=True)
class SplitRef(Ref):
    """Prepared data under one protocol; rows are test cases."""

    kind: ClassVar[str] = "split"

    training: TrainingRef
    """All of it except the test."""


@dataclass(frozen=True, slots=True)
class AuditRef(Ref):
    """The audit of prepared data; rows are findings."""

    kind: ClassVar[str] = "audit"


@dataclass(frozen=True, slots=True)
class TextsRef(Ref):
    """One text per item; rows are items."""

    kind: ClassVar[str] = "texts"


@dataclass(frozen=True, slots=True)
class FeaturesRef(Ref):
    """Brand and categories of each item; rows are items."""

    kind: ClassVar[str] = "features"


@dataclass(frozen=True, slots=True)
class VectorsRef(Ref):
    """One vector per item; rows are items."""

    kind: ClassVar[str] = "vectors"


@dataclass(frozen=True, slots=True)
class ModelRef(Ref):
    """A fitted model; rows are epochs."""

    kind: ClassVar[str] = "model"


@dataclass(frozen=True, slots=True)
class IngredientRefs:
    """What a model is given besides the training data and other models; vectors by their role in the model."""

    vectors: Mapping[str, VectorsRef]
    texts: TextsRef | None = None
    features: FeaturesRef | None = None


@dataclass(frozen=True, slots=True)
class EvaluationRef(Ref):
    """Rankings and metrics of one fitted model; rows are test cases."""

    kind: ClassVar[str] = "evaluation"


@dataclass(frozen=True, slots=True)
class FoldScoreRef(Ref):
    """The score of one fitted model on a fold; rows are cases."""

    kind: ClassVar[str] = "fold_score"

    ndcg: float


@dataclass(frozen=True, slots=True)
class ComparisonRef(Ref):
    """The table of an experiment; rows are models."""

    kind: ClassVar[str] = "comparison"


@dataclass(frozen=True, slots=True)
class ReportRef(Ref):
    """The report of an experiment; rows are models."""

    kind: ClassVar[str] = "report"


@dataclass(frozen=True, slots=True)
class PackageRef(Ref):
    """A fitted model with everything that it takes to answer in original ids; rows are items."""

    kind: ClassVar[str] = "package"


@dataclass(frozen=True, slots=True)
class VerdictRef(Ref):
    """The verdict on a challenger; rows are reasons."""

    kind: ClassVar[str] = "verdict"


@dataclass(frozen=True, slots=True)
class OutcomeRef(Ref):
    """How given lists did; rows are users with an event since."""

    kind: ClassVar[str] = "outcome"


@dataclass(frozen=True, slots=True)
class DriftRef(Ref):
    """What changed between two dumps; rows are warnings."""

    kind: ClassVar[str] = "drift"

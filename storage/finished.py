"""A finished run of an experiment, opened from its record: everything else is found in the store by key."""

from dataclasses import dataclass, replace

from seqrec.audit.finding import Audit
from seqrec.evaluation.results import Fit, Table
from seqrec.experiment import Experiment
from seqrec.preparation.protocol import Protocol
from seqrec.types import Rankings
from storage.files import read_audit, read_comparison, read_fit, read_metrics, read_rankings
from storage.files.reading import reading
from storage.history import FinishedRun
from storage.refs import AuditRef, ComparisonRef, DumpRef, EvaluationRef, ModelRef, ReportRef, SplitRef
from storage.store import Artifact, Store


@dataclass(frozen=True, slots=True)
class Trained:
    """One model and seed of a finished run."""

    label: str
    seed: int
    model: str
    """Key of the fitted model."""
    evaluation: str
    """Key of its evaluation."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run with the keys of what it made."""

    store: Store
    record: FinishedRun
    experiment: Experiment
    table: Table
    trained: tuple[Trained, ...]
    split: Artifact
    audit: Audit

    @property
    def protocol(self) -> Protocol:
        """The protocol of the run."""
        return self.experiment.protocol

    @property
    def dump(self) -> Artifact:
        """The dump that the run read."""
        return self.store.open(DumpRef.kind, self.split.inputs["dump"])

    def of(self, label: str) -> tuple[Trained, ...]:
        """Return the seeds of one model."""
        return tuple(one for one in self.trained if one.label == label)

    def fit(self, one: Trained) -> Fit:
        """Return the record of a training."""
        return replace(read_fit(self.store.open(ModelRef.kind, one.model).path), label=one.label)

    def metrics(self, one: Trained) -> dict[str, float]:
        """Return the test metrics of one model and seed."""
        return read_metrics(self.store.open(EvaluationRef.kind, one.evaluation).path)

    def rankings(self, one: Trained) -> Rankings:
        """Return the answers of a model to the test cases."""
        return read_rankings(self.store.open(EvaluationRef.kind, one.evaluation).path)


def open_finished(store: Store, record: FinishedRun) -> Finished:
    """Open a finished run.

    Raises:
        StorageError: Something that it made is not in the store any more, or is damaged.
    """
    comparison = store.open(ComparisonRef.kind, record.comparison)
    page = store.open(ReportRef.kind, record.report)
    with reading(page.path, "the report of a finished run"):
        experiment = Experiment.model_validate(page.inputs["experiment"], strict=False)
        trained = tuple(Trained(*one) for one in comparison.inputs["seed_runs"])
    return Finished(
        store=store,
        record=record,
        experiment=experiment,
        table=read_comparison(comparison.path).table,
        trained=trained,
        split=store.open(SplitRef.kind, comparison.inputs["split"]),
        audit=read_audit(store.open(AuditRef.kind, page.inputs["audit"]).path),
    )

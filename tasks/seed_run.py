"""A seed run: one model of the experiment, trained and evaluated with one seed."""

from dataclasses import dataclass, replace
from pathlib import Path

from seqrec.evaluation.results import Fit
from storage.files import read_fit
from storage.refs import EvaluationRef, ModelRef


@dataclass(frozen=True, slots=True)
class SeedRun:
    """References to the results of one model and one seed."""

    label: str
    seed: int
    model: ModelRef
    evaluation: EvaluationRef

    def fit(self) -> Fit:
        """Read the record of the training, with the label of this experiment; the artifact has none of its own."""
        return replace(read_fit(Path(self.model.uri)), label=self.label)

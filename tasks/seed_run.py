"""A seed run: one model of the experiment, trained and evaluated with one seed."""

from dataclasses import dataclass

from storage.refs import EvaluationRef, ModelRef


@dataclass(frozen=True, slots=True)
class SeedRun:
    """References to the results of one model and one seed."""

    label: str
    seed: int
    model: ModelRef
    evaluation: EvaluationRef

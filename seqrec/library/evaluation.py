"""The evaluation of one fitted model, as a notebook holds it."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from seqrec.errors import ConfigError, SeqrecWarning
from seqrec.evaluation.evaluate import evaluate as evaluate_cases
from seqrec.library.arguments import expect
from seqrec.library.model import Model
from seqrec.library.split import PreparedSplit
from seqrec.types import Cases, Rankings

Part = Literal["valid", "test"]


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """Metrics of a model, and the rankings that they are taken from."""

    model: str
    part: Part
    metrics: Mapping[str, float]
    """By names such as `ndcg_at_20`."""
    rankings: Rankings
    """The list of each case, and where its target stands."""
    cases: Cases

    def __getitem__(self, name: str) -> float:
        """Returns a metric by its name, `ndcg_at_20` or `ndcg@20`."""
        return self.metrics[name.replace("@", "_at_")]

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name} {value:.4f}" for name, value in self.metrics.items() if name.startswith(("ndcg", "hr"))
        )
        return f"Evaluation({self.model} on {len(self.cases):,} {self.part} cases: {shown})"


def evaluate(model: Model, split: PreparedSplit, part: Part = "test") -> Evaluation:
    """Ranks the cases of a split, and takes every metric at the cut-offs of its protocol.

    A sample of the rankings is compared with a slow reference, as in every run.

    Args:
        model: What `fit` returned.
        split: The split that it was fitted on, or another one with the same training data.
        part: The cases. Choose settings by `valid`, with models fitted on `split.for_selection()`, and look at `test`
            once.

    Raises:
        ConfigError: The split has other training data than the model, or there is no such part.
        EvaluationError: The rankings disagree with the slow reference.

    Warns:
        SeqrecWarning: The model learnt from the validation cases that it is evaluated on.
    """
    expect(model, Model, "evaluate: model", "what `seqrec.fit` returned")
    expect(split, PreparedSplit, "evaluate: split", "what `seqrec.prepare` returned")
    if part not in get_args(Part):
        remedy = "Training data have no cases: only held-out ones judge a model."
        raise ConfigError("evaluate: part", got=repr(part), expected=" or ".join(get_args(Part)), remedy=remedy)
    model.check_split(split)
    data = split.split
    if part == "valid" and model.learnt_from_valid:
        what = f"{model.config.name} learnt from the validation cases, which it is judged by now."
        warnings.warn(f"{what} Fit it on `split.for_selection()`.", SeqrecWarning, stacklevel=2)
    cases = data.test if part == "test" else data.training.valid
    popularity = data.popularity if part == "test" else data.training.counts
    found = evaluate_cases(model.recommender, cases, data.training.rules, popularity, split.protocol)
    return Evaluation(model.config.name, part, found.metrics, found.rankings, cases)

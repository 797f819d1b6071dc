"""What a report shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqrec.audit.finding import Audit
from seqrec.evaluation.results import ComparisonResult, Failure, Fit
from seqrec.evaluation.scorecard import Scorecard
from seqrec.ingest.quality import Quality
from seqrec.preparation.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Example:
    """One test case, in titles."""

    user_id: str
    prompt: tuple[str, ...]
    """Oldest first, cut to its most recent events."""
    n_earlier: int
    """Events of the prompt that the cut left out."""
    target: str
    answers: Mapping[str, tuple[str, ...]]
    """Titles that each model puts first, by label."""
    hits: Mapping[str, int | None]
    """Position of the target among the answers of each model, counted from 1."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything on the page."""

    name: str
    """The experiment."""
    title: str
    dataset: str
    created_at: str
    """ISO 8601, UTC."""
    commit: str | None
    hardware: str
    versions: Mapping[str, str]
    protocol: Protocol
    comparison: ComparisonResult
    fits: tuple[Fit, ...]
    failures: tuple[Failure, ...]
    summary: Mapping[str, Any]
    """`prepare.summary.Summary.to_json()`."""
    audit: Audit
    quality: Quality
    """Of the dump."""
    scorecards: tuple[Scorecard, ...]
    examples: tuple[Example, ...]
    command: str
    """What runs the experiment again."""
    config: str
    """The resolved experiment."""

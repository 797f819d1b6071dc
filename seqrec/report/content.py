"""The content of a report."""

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
    """A test case, shown by titles."""

    user_id: str
    prompt: tuple[str, ...]
    """The titles of the most recent events of the prompt, oldest first."""
    n_earlier: int
    """The number of earlier events of the prompt that are not shown."""
    target: str
    answers: Mapping[str, tuple[str, ...]]
    """The titles that each model ranks first, by label."""
    hits: Mapping[str, int | None]
    """The position of the target among the answers of each model, from 1."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything on the page."""

    name: str
    """The name of the experiment."""
    title: str
    dataset: str
    created_at: str
    """The time of the report, as ISO 8601 in UTC."""
    commit: str | None
    hardware: str
    versions: Mapping[str, str]
    protocol: Protocol
    comparison: ComparisonResult
    fits: tuple[Fit, ...]
    failures: tuple[Failure, ...]
    summary: Mapping[str, Any]
    """The result of `preparation.summary.Summary.to_json()`."""
    audit: Audit
    quality: Quality
    """The quality of the dump."""
    scorecards: tuple[Scorecard, ...]
    examples: tuple[Example, ...]
    command: str
    """The command that runs the experiment again."""
    config: str
    """The resolved configuration of the experiment."""

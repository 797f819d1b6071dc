"""The truncation of histories to their most recent events."""

from dataclasses import replace

from seqrec.preparation.splits.base import Parts
from seqrec.types import Cases


def truncate(parts: Parts, max_history: int) -> Parts:
    """Returns the parts with every training sequence and every prompt cut to its last `max_history` events."""
    return replace(
        parts,
        fit=parts.fit.tail(max_history),
        train=parts.train.tail(max_history),
        valid=_recent(parts.valid, max_history),
        test=_recent(parts.test, max_history),
    )


def _recent(cases: Cases, max_history: int) -> Cases:
    return replace(cases, prompts=cases.prompts.tail(max_history))

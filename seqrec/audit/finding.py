"""The findings of an audit, and the error that a wrong one raises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from seqrec.errors import DataError
from seqrec.json_value import Value

Verdict = Literal["ok", "by design", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding(Value):
    """The result of one check."""

    check: str
    """The name of the check, in one or two words."""
    verdict: Verdict
    """`by design` means that it follows from the protocol or the dump, and that metrics must be read with it in
    mind."""
    sentence: str
    """The finding, as a person reads it."""
    figures: Mapping[str, int | float]
    """The figures behind the sentence. Shares lie between 0 and 1."""
    remedy: str = ""
    """What to do if something is wrong."""


@dataclass(frozen=True, slots=True)
class Audit(Value):
    """All findings about one split."""

    findings: tuple[Finding, ...]

    def of(self, check: str) -> tuple[Finding, ...]:
        """Returns the findings of one check."""
        return tuple(finding for finding in self.findings if finding.check == check)

    def stop_if_wrong(self) -> None:
        """Refuses data whose metrics could not be trusted.

        Raises:
            DataError: Something is wrong; the error reports the first such finding and the number of others.
        """
        wrong = [finding for finding in self.findings if finding.verdict == "wrong"]
        if not wrong:
            return
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise DataError(
            f"audit: {wrong[0].check}",
            got=wrong[0].sentence.rstrip(".") + more,
            expected="training data that reveal nothing about the test's answers",
            remedy=wrong[0].remedy,
        )


def percent(share: float) -> str:
    """Formats a share as a percentage such as `43.5 %`, with more digits if it is small."""
    return f"{100 * share:.1f} %" if share == 0 or share >= 0.0995 else f"{100 * share:.2f} %"

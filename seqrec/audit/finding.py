"""What the audit says: findings, and what becomes of a wrong one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from seqrec.errors import DataError
from seqrec.json_value import Value

Verdict = Literal["ok", "by design", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding(Value):
    """What one check found."""

    check: str
    """The check, in a word or two."""
    verdict: Verdict
    """`by design`: the protocol or the dump brings it along, and numbers must be read with it in mind."""
    sentence: str
    """The finding, for a person."""
    figures: Mapping[str, int | float]
    """What the sentence rests on. Shares lie between 0 and 1."""
    remedy: str = ""
    """What to do, where something is wrong."""


@dataclass(frozen=True, slots=True)
class Audit(Value):
    """All that was found about one split."""

    findings: tuple[Finding, ...]

    def of(self, check: str) -> tuple[Finding, ...]:
        """The findings of one check."""
        return tuple(finding for finding in self.findings if finding.check == check)

    def stop_if_wrong(self) -> None:
        """Refuse data on which no number could be believed.

        Raises:
            DataError: Something is wrong; the first such finding is told, and how many more there are.
        """
        wrong = [finding for finding in self.findings if finding.verdict == "wrong"]
        if not wrong:
            return
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise DataError(
            f"audit: {wrong[0].check}",
            got=wrong[0].sentence.rstrip(".") + more,
            expected="training that knows nothing of the test's answers",
            remedy=wrong[0].remedy,
        )


def percent(share: float) -> str:
    """A share as people write it: `43.5 %`, with more digits where it is small."""
    return f"{100 * share:.1f} %" if share == 0 or share >= 0.0995 else f"{100 * share:.2f} %"

"""The findings of an audit, and the error that a wrong one raises."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from seqrec.errors import DataError
from seqrec.json_value import Value

Verdict = Literal["ok", "note", "by design", "warning", "wrong"]
"""What a finding means.

* `ok`: nothing to know.
* `note`: a property of the dump that metrics must be read with in mind.
* `by design`: it follows from the protocol, whatever the dump is.
* `warning`: the dump looks as if it gave answers away. It may have honest reasons, so a person must look.
* `wrong`: the split contradicts the dump or the protocol, and the run stops.
"""


N_EXAMPLES: Final = 3
"""The number of users that a sentence names, so that a person can look them up."""


@dataclass(frozen=True, slots=True)
class Finding(Value):
    """The result of one check."""

    check: str
    """The name of the check, in one or two words."""
    verdict: Verdict
    sentence: str
    """The finding, as a person reads it."""
    figures: Mapping[str, int | float]
    """The figures behind the sentence. Shares lie between 0 and 1."""
    remedy: str = ""
    """What to do about a warning, or if something is wrong."""


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


def named(ids: Iterable[str]) -> str:
    """Formats the first few ids of an example, such as `'a', 'b' and 'c'`."""
    *others, last = [f"'{name}'" for name in islice(ids, N_EXAMPLES)]
    return f"{', '.join(others)} and {last}" if others else last

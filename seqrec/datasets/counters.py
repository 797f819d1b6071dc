"""How much of a dump was read, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from seqrec.datasets.canonical.times import Unit


@dataclass(slots=True)
class FileTally:
    """What is known of one file."""

    n_records: int = 0
    """Records read, blank lines left out."""
    n_bad: int = 0
    first_line: int = 0
    """The first bad line."""
    first_reason: str = ""
    n_lines: int = 0
    """Lines passed, blank ones included; 0 where a file has no lines."""
    is_open: bool = False
    """Whether the last line had no line feed, so that more of it may come."""
    time_unit: Unit | None = None
    """What the first rows told, where the configuration leaves it open."""


@dataclass(frozen=True, slots=True)
class Account:
    """What was read and set aside, without the rows themselves."""

    tallies: Mapping[str, FileTally]
    """By name of the file."""
    reasons: Mapping[str, int]
    """Rows set aside, by reason."""
    notes: Mapping[str, int]
    n_rows: int
    """How many of the rows that were set aside are kept."""

    @property
    def n_read(self) -> int:
        """Records of all files."""
        return sum(tally.n_records for tally in self.tallies.values())

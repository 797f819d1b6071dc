"""How much of a dump was read, in numbers: which part of a file is to be read, and what was counted there."""

from collections.abc import Mapping
from dataclasses import dataclass

from seqrec.datasets.times import Unit


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a file that is to be read."""

    start: int = 0
    """Its first byte: the first of a line and, where the file is gzip, of a member."""
    first_line: int = 1
    """Number of the line that begins there."""
    stop: int | None = None
    """Where it ends; None for the end of the file. While a file is written to, that is no place to count on."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be read, because all of it was."""
        return self.start == self.stop


WHOLE = Span()


@dataclass(slots=True)
class Tally:
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

    tallies: Mapping[str, Tally]
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

"""Lines of a file: which of them are to be read, and the number that each row keeps."""

from dataclasses import dataclass

LINE = " line"
"""Column with the number of the line, counted from 1, that a row came from. The space keeps it apart from the columns
of delimited files, whose names are stripped; a table of another form may not have a column of this name chosen."""


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

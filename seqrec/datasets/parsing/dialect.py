"""How delimited text is told apart into fields."""

import re
from dataclasses import dataclass, replace
from typing import Final

AUTO: Final = "auto"
"""Stands for a sign that is left open: the first lines tell."""
BLANKS: Final = "blanks"
"""Stands for any number of blanks and tabs between fields, which mean nothing at the ends of a line."""
_UNIT_SEPARATOR: Final = "\x1f"
"""The character that ASCII has for the purpose, and that hardly any text holds."""
_BLANK_ENDS = re.compile(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)")
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How text is told apart into fields. Signs are one character of ASCII each, but for the delimiter."""

    delimiter: str = ","
    """Stands between fields: a text, `BLANKS`, or `AUTO`."""
    quote: str | None = '"'
    """Stands around fields that hold delimiters or line breaks, and twice for itself; None where nothing is quoted, or
    `AUTO`."""
    escape: str | None = None
    """Takes the meaning from the next character; None where nothing does."""
    header: bool = True
    """Whether the first line names the columns."""
    comment: str | None = None
    """Begins lines that are no records; None where only lines before the header may be none, if they begin with `#`."""

    @property
    def is_simple(self) -> bool:
        """Whether the delimiter is a single character of ASCII."""
        return self.delimiter != BLANKS and len(self.delimiter.encode()) == 1

    def simplified(self) -> "Dialect":
        """The dialect of text that went through `simplify`."""
        return self if self.is_simple else replace(self, delimiter=_UNIT_SEPARATOR)

    def simplify(self, lines: bytes) -> bytes:
        """Whole lines, with a single character as the delimiter."""
        if self.is_simple:
            return lines
        separator = _UNIT_SEPARATOR.encode()
        if self.delimiter == BLANKS:
            return _BLANKS.sub(separator, _BLANK_ENDS.sub(b"", lines))
        return lines.replace(self.delimiter.encode(), separator)

    def restore(self, text: str) -> str:
        """A text about as it was before `simplify`, for a person."""
        return text if self.is_simple else text.replace(_UNIT_SEPARATOR, self.delimiter.replace(BLANKS, " "))


RFC_4180: Final = Dialect()
OPEN: Final = Dialect(delimiter=AUTO, quote=AUTO)
"""Of which nothing is known but that the first line names the columns."""

"""The characters that divide text into fields."""

import re
from dataclasses import dataclass, replace
from typing import Final

AUTO: Final = "auto"
"""In place of a character: the first lines decide."""
BLANKS: Final = "blanks"
"""In place of a delimiter: any number of blanks and tabs, which are ignored at the ends of a line."""
_UNIT_SEPARATOR: Final = "\x1f"
"""The delimiter that ASCII provides, which hardly any text contains."""
_BLANK_ENDS = re.compile(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)")
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The characters that divide text into fields; each but the delimiter is one character of ASCII."""

    delimiter: str = ","
    """The text between fields, `BLANKS`, or `AUTO`."""
    quote: str | None = '"'
    """The character around fields that contain delimiters or line breaks, doubled inside of them; None if no field is
    quoted; or `AUTO`."""
    escape: str | None = None
    """The character after which the next one is taken literally; None if there is none."""
    header: bool | None = True
    """Whether the first line names the columns. None: it does unless one of its fields is a number or a date."""
    comment: str | None = None
    """The character with which comment lines begin. None: only lines before the header that begin with `#` are
    comments."""

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
        """A text about as it was before `simplify`, for messages."""
        return text if self.is_simple else text.replace(_UNIT_SEPARATOR, self.delimiter.replace(BLANKS, " "))


RFC_4180: Final = Dialect()
OPEN: Final = Dialect(delimiter=AUTO, quote=AUTO)
"""A dialect to be recognised from the first lines, the first of which names the columns."""

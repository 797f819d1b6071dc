"""The encoding of a user's own table, guessed from its bytes."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from seqrec.config.toml import toml_value
from seqrec.datasets.parsing.text import UTF_8, open_text

WESTERN: Final = "cp1252"
"""What Western Windows writes; Latin-1 is the same in all printable characters."""

_READ_BYTES = 1 << 26
"""Bytes of text that are looked at."""
_PIECE_BYTES = 1 << 20
"""Longer lines are looked at in pieces."""
_HIGH = bytes(range(0x80, 0x100))
_HEAD_BYTES = 1 << 12
_MAX_LINES = 10_000
"""Lines with other characters than those of ASCII that are looked at."""
_MOSTLY = 0.95
_ZEROS, _NO_ZEROS = 0.5, 0.1
"""Shares of zero bytes on the places of the high and of the low halves of characters in UTF-16."""
_SHOWN = 40
_BEFORE = 20
_NAME_ANOTHER = "another can be named by --encoding"


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a table."""

    name: str = UTF_8
    reason: str = ""
    """Why, with an example; empty if there is nothing to say."""


def guess_encoding(files: Sequence[Path], named: str | None = None) -> Encoding:
    """UTF-8 if most lines that could tell are UTF-8, and Windows' Western encoding if nearly all others read so.

    UTF-16 is known by its zero bytes. If the text is nothing of the kind, UTF-8 is left, and reading it will fail.

    Args:
        files: Files of text, compressed or not, that have one encoding.
        named: The encoding that somebody named, which is taken in any case.

    Raises:
        DataError: A file is packed and damaged.
    """
    n_utf_8 = n_western = n_other = 0
    example: tuple[str, int, str] | None = None
    for name, number, line in islice(_telling_lines(files), _MAX_LINES):
        if _decoded(line, UTF_8) is not None:
            n_utf_8 += 1
            continue
        n_other += 1
        if (text := _decoded(line, WESTERN)) is not None:
            n_western += 1
            example = example or (name, number, text)
    if named is not None:
        could_be_utf_8 = n_utf_8 > 0 and not n_other
        return Encoding(named, f"named by --encoding{', although its text could be UTF-8' * could_be_utf_8}")
    wide = next(filter(None, map(_wide, files)), None)
    if wide is not None:
        return wide
    if example is None or n_utf_8 >= n_other or n_western < _MOSTLY * n_other:
        return Encoding()
    name, number, text = example
    shown = toml_value(_excerpt(text))
    return Encoding(WESTERN, f"a guess: line {number:,} of {name} is no UTF-8 and then reads {shown}; {_NAME_ANOTHER}")


def _telling_lines(files: Sequence[Path]) -> Iterator[tuple[str, int, bytes]]:
    """Lines with other characters than those of ASCII: the name of the file, the number of the line, and its bytes."""
    n_bytes = 0
    for path in files:
        with open_text(path) as file:
            number, is_cut = 1, False
            while line := file.readline(_PIECE_BYTES):
                was_cut, is_cut = is_cut, len(line) == _PIECE_BYTES
                n_bytes += len(line)
                if n_bytes > _READ_BYTES:
                    return
                if not line.isascii():
                    # A cut may be inside of a character.
                    yield path.name, number, line.strip(_HIGH) if was_cut or is_cut else line
                number += line.endswith(b"\n")


def _wide(path: Path) -> Encoding | None:
    """UTF-16 without a byte order mark."""
    with open_text(path) as file:
        head = file.read(_HEAD_BYTES)
    first, second = (half.count(0) / max(1, len(half)) for half in (head[::2], head[1::2]))
    name: Literal["utf-16-le", "utf-16-be"] | None = None
    if first < _NO_ZEROS and second > _ZEROS:
        name = "utf-16-le"
    elif second < _NO_ZEROS and first > _ZEROS:
        name = "utf-16-be"
    if name is None:
        return None
    begins = toml_value(head.decode(name, errors="replace").splitlines()[0][:_SHOWN])
    return Encoding(name, f"a guess: every other byte is zero, and the text then begins {begins}; {_NAME_ANOTHER}")


def _decoded(line: bytes, encoding: str) -> str | None:
    with suppress(UnicodeDecodeError):
        return line.decode(encoding)
    return None


def _excerpt(text: str) -> str:
    """The part of a line around its first character beyond ASCII."""
    place = next(at for at, sign in enumerate(text) if not sign.isascii())
    start = max(0, place - _BEFORE)
    return text[start : start + _SHOWN].strip()

"""JSON that is not one record per line: an array, or values one after another, in any lines.

It becomes blocks of one value per line. A broken element becomes a line as it is, which the reader of lines sets aside.
The next element is searched by the beginning of the first one.
"""

import codecs
import json
import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from seqrec.datasets.parsing.blocks import BLOCK_BYTES, MAX_LINE_BYTES, Block
from seqrec.datasets.parsing.prefetch import prefetch
from seqrec.datasets.parsing.text import UTF_8, open_text
from seqrec.errors import DataError

_BETWEEN = re.compile(r"[\s,]*")
_BEGINNING = re.compile(r'\{\s*"[^"\\]{1,80}"\s*:')
"""How an object begins, up to its first value."""
_ANY = re.compile(r"(?<=[\n,\[])\s*\{")
"""Where an object may begin."""
_NEAR_THE_END = 64
"""Characters in front of the end of a piece in which a number or a word may be cut."""
_PIECE_BYTES = 1 << 20
_BROKEN, _UNKNOWN = -1, -2
"""Instead of the place where a value ends."""
_decode = json.JSONDecoder().raw_decode


def is_array(head: bytes) -> bool:
    """Whether text begins as an array of objects."""
    return re.match(rb"\s*\[\s*\{", head) is not None


def read_values(path: Path, block_bytes: int = BLOCK_BYTES, encoding: str = UTF_8) -> Iterator[Block]:
    """The elements of arrays and the values beside them, one per line, counted instead of lines.

    The next block is made while one is worked on.

    Raises:
        DataError: The file is packed and damaged, ends before its array does, or holds an element that is longer than
            64 MiB.
    """
    yield from prefetch(_blocks(path, block_bytes, encoding))


def _blocks(path: Path, block_bytes: int, encoding: str) -> Iterator[Block]:
    lines: list[bytes] = []
    n_bytes, n_before = 0, 0
    with open_text(path, encoding) as file:
        for text in _values(path, file):
            # Line breaks stand between the parts of a value only; in texts they are escaped.
            lines.append(text.replace("\n", " ").replace("\r", " ").encode(errors="surrogateescape"))
            n_bytes += len(text)
            if n_bytes >= block_bytes:
                yield Block(b"\n".join(lines) + b"\n", n_before + 1)
                n_bytes, n_before, lines = 0, n_before + len(lines), []
    if lines:
        yield Block(b"\n".join(lines) + b"\n", n_before + 1)


def _values(path: Path, file: BufferedReader) -> Iterator[str]:
    text, place, depth, following = "", 0, 0, _ANY
    pieces, is_all = _pieces(file), False
    while not (is_all and place == len(text)):
        if place < len(text) and (text[place] == "[" or (text[place] == "]" and depth)):
            depth += 1 if text[place] == "[" else -1
            place = _next(text, place + 1)
            continue
        end = _end_of_value(text, place, is_all=is_all)
        match = following.search(text, place + 1) if end == _BROKEN else None
        if end == _UNKNOWN or (end == _BROKEN and match is None and not is_all):
            if len(text) - place > MAX_LINE_BYTES:
                got = f"an element that is longer than {MAX_LINE_BYTES >> 20} MiB"
                remedy = "Write the records as lines first (JSON Lines)."
                raise DataError(str(path), got=got, expected="an array of records", remedy=remedy)
            piece = next(pieces, "")
            text, is_all = text[place:] + piece, not piece
            place = _next(text, 0)
            continue
        if end == _BROKEN:
            # Nothing follows the last element but the end of the array.
            end = match.start() if match else len(text[place:].rstrip().removesuffix("]" * depth)) + place
            # A line break is allowed between the parts of a value, and in a text it can only mean itself.
            yield text[place:end].rstrip(" \t\r\n,").replace("\n", "\\n")
        else:
            if following is _ANY and (match := _BEGINNING.match(text, place)):
                following = re.compile(re.escape(match[0]))
            yield text[place:end]
        place = _next(text, end)
    if depth:
        got, expected = "a JSON array without an end", "a closing bracket behind the last element"
        raise DataError(str(path), got=got, expected=expected, remedy="Fetch or write the file again; it breaks off.")


def _next(text: str, place: int) -> int:
    """Where the next value or bracket begins."""
    match = _BETWEEN.match(text, place)
    assert match is not None, "it matches nothing at all, too"
    return match.end()


def _end_of_value(text: str, place: int, *, is_all: bool) -> int:
    """Where a value ends; or that it is broken, or that more text is needed."""
    try:
        _, end = _decode(text, place)
    except RecursionError:
        return _BROKEN
    except json.JSONDecodeError as error:
        may_go_on = len(text) - error.pos < _NEAR_THE_END or error.msg.startswith("Unterminated string")
        return _UNKNOWN if may_go_on and not is_all else _BROKEN
    return end if end < len(text) or is_all else _UNKNOWN


def _pieces(file: BufferedReader) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while piece := file.read(_PIECE_BYTES):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)

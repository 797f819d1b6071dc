"""Damage to the files of a dump by a bad disk, a bad download, a bad script or a bad exporter."""

import ast
import gzip
import json
from collections.abc import Callable

from hypothesis import strategies as st

Damage = Callable[[bytes], bytes]
"""A function from the unpacked bytes of a file to damaged bytes."""

_GZIP_MAGIC = b"\x1f\x8b"
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats()
    | st.sampled_from(
        ["", " ", "\x00", "\ud800", "NaN", "1e999", "2019-02-30", "\u2028", "[1]", "true", "null", "a\rb"]
    )
    | st.text(max_size=6)
)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
"""Arbitrary values of a field of a record."""


def unpacked(raw: bytes) -> bytes:
    """Return the bytes of a file, unpacked if it is gzipped."""
    return gzip.decompress(raw) if raw.startswith(_GZIP_MAGIC) else raw


def repacked(text: bytes, like: bytes) -> bytes:
    """Return `text` in the form of the file `like`: gzipped or plain."""
    return gzip.compress(text, mtime=0) if like.startswith(_GZIP_MAGIC) else text


@st.composite
def byte_damage(draw: st.DrawFn) -> Damage:
    """Flip, cut off or insert bytes."""
    kind = draw(st.sampled_from(["flip", "cut", "insert"]))
    places = draw(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=6))
    junk = draw(st.binary(max_size=12) | st.sampled_from([b"\r", b"\r\n", b"\n\n", b'"', b"\t", b",", b"\xef\xbb\xbf"]))

    def damage(data: bytes) -> bytes:
        at = int(places[0][0] * len(data))
        if kind == "cut":
            return data[:at]
        if kind == "insert":
            return data[:at] + junk + data[at:]
        damaged = bytearray(data)
        for share, change in places:
            if damaged:
                damaged[int(share * len(data))] ^= change
        return bytes(damaged)

    return damage


@st.composite
def line_damage(draw: st.DrawFn) -> Damage:
    """Drop, duplicate, cut or exchange lines, insert lines of another file, or change line ends."""
    kind = draw(st.sampled_from(["drop", "double", "cut", "swap", "junk", "line ends"]))
    place, other = draw(st.tuples(*[st.floats(0, 1, exclude_max=True)] * 2))
    junk = draw(st.sampled_from([b"", b"{}", b"[]", b"null", b"{'a': 1}", b'{"a": 1}', b"a,b,c,d", b"\t" * 5, b"\xff"]))

    def damage(data: bytes) -> bytes:
        lines = data.split(b"\n")
        at, to = int(place * len(lines)), int(other * len(lines))
        if kind == "drop":
            del lines[at]
        elif kind == "double":
            lines.insert(to, lines[at])
        elif kind == "cut":
            lines[at] = lines[at][: int(other * len(lines[at]))]
        elif kind == "swap":
            lines[at], lines[to] = lines[to], lines[at]
        elif kind == "junk":
            lines.insert(at, junk)
        else:
            lines[at] += b"\r"
        return b"\n".join(lines)

    return damage


@st.composite
def record_damage(draw: st.DrawFn) -> Damage:
    """Give one field of one record any value, in the notation of the file."""
    place, field = draw(st.tuples(*[st.floats(0, 1, exclude_max=True)] * 2))
    value = draw(VALUES)

    def damage(data: bytes) -> bytes:
        lines = data.split(b"\n")
        at = int(place * len(lines))
        lines[at] = _with_value(lines[at], field, value)
        return b"\n".join(lines)

    return damage


def _with_value(line: bytes, field: float, value: object) -> bytes:
    text = line.decode(errors="replace")
    for parse, write in ((json.loads, json.dumps), (ast.literal_eval, repr)):
        try:
            record = parse(text)
        except (ValueError, SyntaxError):
            continue
        if isinstance(record, dict) and record:
            record[list(record)[int(field * len(record))]] = value
            return write(record).encode(errors="surrogatepass")
    separator = "\t" if "\t" in text else ","
    fields = text.split(separator)
    fields[int(field * len(fields))] = str(value)
    return separator.join(fields).encode(errors="surrogatepass")

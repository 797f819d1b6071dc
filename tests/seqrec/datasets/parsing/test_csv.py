"""Delimited text: valid text is compared with Python's own parser, and invalid text is checked line by line."""

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqrec.datasets import reading as reading_module
from seqrec.datasets.parsing import blocks as blocks_module
from seqrec.datasets.parsing import records as module
from seqrec.datasets.parsing.csv import read_csv
from seqrec.datasets.parsing.dialect import Dialect
from seqrec.datasets.parsing.layout import Layout
from seqrec.datasets.reading import Reading
from tests.seqrec.datasets.files import places, write

COMMA, BARE, NAMELESS = Dialect(), Dialect(quote=None), Dialect(header=False)
DIALECTS = [
    COMMA,
    BARE,
    Dialect("\t"),
    Dialect("\t", None),
    Dialect(" "),
    Dialect("|", "'"),
    Dialect(",", '"', "\\"),
    Dialect(";", None, "\\"),
]
PIECES = ["a", "b", '"', '""', "'", ",", ";", "|", "\t", "\n", "\r\n", "\r", "\\", " ", "é", "\ufeff", '"\n"', "\0"]
Row = tuple[object, ...]


def parsed(
    data: bytes, n_fields: int, dialect: Dialect = COMMA, *, header: bool = False, block_bytes: int = 1 << 20
) -> tuple[list[Row], list[tuple[int, str]], Reading]:
    """Return line and fields of each row, the rejected rows, and the reading."""
    names = [f"c{place}" for place in range(n_fields)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(data)
        reading = Reading(path)
        layout = Layout(replace(dialect, header=header), tuple(names), n_skipped=int(header))
        frames = list(read_csv(reading, layout, names, block_bytes))
    rows = [row for frame in frames for row in frame.select(" line", *names).rows()]
    assert reading.n_records == len(rows) + reading.log.count
    return rows, places(reading.log), reading


def by_python(data: bytes, dialect: Dialect) -> list[list[str]]:
    """Return the records of Python's own parser, without blank ones."""
    rows = csv.reader(
        io.StringIO(data.decode(), newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or '"',
        escapechar=dialect.escape,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )
    return [row for row in rows if row]


TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(text=TEXTS, dialect=st.sampled_from(DIALECTS), n_fields=st.integers(1, 3), block_bytes=st.integers(1, 60))
@example(text='x"\n"y",b\n', dialect=COMMA, n_fields=2, block_bytes=3)
@example(text="\n\ufeffa,b\n", dialect=COMMA, n_fields=2, block_bytes=1)
def test_however_the_text_is_cut(text: str, dialect: Dialect, n_fields: int, block_bytes: int) -> None:
    data = ("z" + text).encode()
    assert parsed(data, n_fields, dialect)[:2] == parsed(data, n_fields, dialect, block_bytes=block_bytes)[:2]


@given(text=TEXTS, dialect=st.sampled_from(DIALECTS), n_fields=st.integers(1, 3))
def test_what_is_sound_is_read_as_python_reads_it(text: str, dialect: Dialect, n_fields: int) -> None:
    data = ("z" + text).encode().replace(b"\0", b"")
    rows, others, _ = parsed(data, n_fields, dialect)
    if {reason for _, reason in others} <= {"wrong number of fields"}:
        expected = by_python(data, dialect)
        fitting = [row for row in expected if len(row) == n_fields]
        # A line of white space is blank, unless it is quoted.
        assert [fields for _, *fields in rows if "".join(fields).strip()] == [
            row for row in fitting if "".join(row).strip()
        ]
        assert len(others) <= len(expected) - len(fitting)


@given(
    rows=st.lists(st.tuples(st.text(max_size=6), st.text(st.sampled_from('a",\n\r\t '), max_size=6)), min_size=1),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read(rows: list[tuple[str, str]], quoting: int, end: str) -> None:
    stream = io.StringIO()
    # Python does not quote a carriage return that does not end a line.
    quoting = csv.QUOTE_ALL if any("\r" in field for row in rows for field in row) else quoting
    try:
        csv.writer(stream, quoting=quoting, lineterminator=end).writerows([("x", "y"), *rows])
        data = stream.getvalue().encode()
    except UnicodeEncodeError:
        return
    found, others, _ = parsed(data, 2, header=True, block_bytes=50)
    assert others == []
    assert [tuple(fields) for _, *fields in found] == rows


@given(
    lines=st.lists(st.text(st.sampled_from('",ab\u00e9 '), max_size=8), max_size=12),
    block_bytes=st.integers(1, 80),
)
def test_every_line_without_quotes_is_kept_or_set_aside(lines: list[str], block_bytes: int) -> None:
    rows, others, _ = parsed("\n".join(["x,y", *lines]).encode(), 2, BARE, header=True, block_bytes=block_bytes)
    filled = [number for number, line in enumerate(lines, 2) if line.strip()]
    assert sorted([line for line, *_ in rows] + [line for line, _ in others]) == filled


def test_a_record_of_several_lines_has_the_number_of_its_first() -> None:
    data = b'a,"1\n2\n3"\n\nb,4\nc\nd,"5\r\n6"\r\ne,7,8\nf,9'
    rows, others, _ = parsed(data, 2)
    assert rows == [(1, "a", "1\n2\n3"), (5, "b", "4"), (7, "d", "5\r\n6"), (10, "f", "9")]
    assert others == [(6, "wrong number of fields"), (9, "wrong number of fields")]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'i,"open', "broken quotes"),
        (b'i,"closed" too early', "broken quotes"),
        (b'"i"x,1', "broken quotes"),
        (b"i\rj,1", "stray carriage return"),
        (b"i,1\r", None),
        (b"\xff,1", "not UTF-8"),
        (b'\xff,"1', "not UTF-8"),
        (b"i,1,", "wrong number of fields"),
        (b"\xe2\x82", "not UTF-8"),
        (b" ", None),
        (b"\t \r", None),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 8, 1 << 20])
def test_a_bad_line_takes_no_other_with_it(bad: bytes, reason: str | None, block_bytes: int) -> None:
    lines = [b"a,1", bad, b"b,2", b'c,"3"', b"d,4"]
    rows, others, reading = parsed(b"\n".join(lines), 2, block_bytes=block_bytes)
    kept = [(number, *fields) for number, *fields in rows if number != 2]
    assert kept == [(1, "a", "1"), (3, "b", "2"), (4, "c", "3"), (5, "d", "4")]
    assert others == ([] if reason is None else [(2, reason)])
    if reason is not None:
        assert reading.log.rows[0][3] == bad.decode(errors="replace")


def test_a_quote_that_never_closes_swallows_nothing() -> None:
    lines = [f"i{i},t{i}" for i in range(5_000)]
    lines[7] = 'i7,"t7'
    rows, others, _ = parsed("\n".join(lines).encode(), 2, block_bytes=512)
    assert others == [(8, "broken quotes")]
    assert [fields for _, *fields in rows] == [line.split(",") for i, line in enumerate(lines) if i != 7]


def test_two_quotes_that_never_close_swallow_nothing_between_them() -> None:
    lines = [f"i{i},t{i}" for i in range(100)]
    lines[7], lines[60] = 'i7,"t7', 'i60,"t60'
    rows, others, _ = parsed("\n".join(lines).encode(), 2)
    assert others == [(8, "broken quotes"), (61, "broken quotes")]
    assert len(rows) == 98


def test_an_open_quote_is_waited_for_within_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 200)
    texts = ["x\n" * 40, "y\n" * 400]
    data = "".join(f'{place},"{text}"\n' for place, text in enumerate(texts)).encode()
    monkeypatch.setattr(reading_module, "MIN_TOLERATED", 1_000)
    rows, others, _ = parsed(data, 2, block_bytes=64)
    assert rows == [(1, "0", texts[0])]
    assert others[0] == (42, "broken quotes")
    assert len(others) == 401


def test_quotes_and_escapes_by_setting() -> None:
    data = b"a|'x|''y'\nb|5\" screen\nc|\"\n"
    assert parsed(data, 2, Dialect("|", "'"))[0] == [(1, "a", "x|'y"), (2, "b", '5" screen'), (3, "c", '"')]
    data = b'a,"x\\"y\\\\"\nb,c\\,d\n'
    assert parsed(data, 2, Dialect(escape="\\"))[0] == [(1, "a", 'x"y\\'), (2, "b", "c,d")]
    data = b'a,"open\nb,5"\n'
    assert parsed(data, 2, BARE)[0] == [(1, "a", '"open'), (2, "b", '5"')]


def test_empty_texts_are_texts() -> None:
    assert parsed(b',""\n"",\n,\n', 2)[0] == [(1, "", ""), (2, "", ""), (3, "", "")]
    assert parsed(b"NULL,NA\nnan,\n", 2)[0] == [(1, "NULL", "NA"), (2, "nan", "")]


@pytest.mark.parametrize("form", ["{}", '"{}"', '"\n{}"'], ids=["bare", "quoted", "in two lines"])
def test_a_field_may_be_as_long_as_a_line(form: str) -> None:
    long = form.format("b" * 3_000_000)
    rows, others, _ = parsed(f"a,{long}\nc,d\n".encode(), 2, block_bytes=1 << 18)
    assert (rows[0][2], len(rows), others) == (long.strip('"'), 2, [])


def test_a_line_of_a_million_fields(tmp_path: Path) -> None:
    rows, others, _ = parsed(b"a,b\n" + b"," * 1_000_000 + b"\nc,d", 2)
    assert ([line for line, *_ in rows], others) == ([1, 3], [(2, "wrong number of fields")])


@pytest.mark.parametrize(
    "packed",
    [
        lambda text: text,
        gzip.compress,
        lambda text: gzip.compress(text[:9]) + gzip.compress(text[9:]),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
    ],
    ids=["plain", "gzip", "members", "mark", "crlf"],
)
def test_forms_of_a_file(packed: Callable[[bytes], bytes]) -> None:
    rows, others, _ = parsed(packed(b'x,y\na,"b"\nc,d'), 2, header=True)
    assert [tuple(fields) for _, *fields in rows] == [("a", "b"), ("c", "d")]
    assert others == []


def test_only_what_is_wanted_is_given(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", 'x,y,z\n1,"2\n",3\n')
    (frame, *_) = [f for f in read_csv(Reading(path), Layout(COMMA, tuple("xyz"), n_skipped=1), ["z", "x"]) if f.height]
    assert frame.rows() == [("3", "1", 2)]
    assert frame.schema == {"z": pl.String, "x": pl.String, " line": pl.Int64}


def test_memory_stays_that_of_a_few_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_module, "_CHUNK_BYTES", 1_000)
    path = write(tmp_path / "t.csv", 'a,"b\n"\n' * 10_000)
    longest = max(frame.height for frame in read_csv(Reading(path), Layout(NAMELESS, ("x", "y")), ["x"], 2_000))
    assert longest <= 2_000

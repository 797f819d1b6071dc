import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.parsing.csv import read_csv
from seqrec.datasets.parsing.dialect import AUTO, BLANKS, OPEN, RFC_4180, Dialect
from seqrec.datasets.parsing.layout import Layout, layout_of
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from tests.seqrec.datasets.files import places, write

NAMELESS = replace(OPEN, header=False)


def layout(folder: Path, text: str | bytes, dialect: Dialect = OPEN) -> Layout:
    return layout_of(Reading(write(folder / "t.csv", text)), dialect)


def rows(folder: Path, text: str | bytes, dialect: Dialect = OPEN) -> tuple[list[tuple[str, ...]], Reading]:
    """Return the rows of a file, read as its first lines show."""
    found = layout(folder, text, dialect)
    reading = Reading(folder / "t.csv")
    frames = list(read_csv(reading, found, list(found.names)))
    return [row for frame in frames for row in frame.select(found.names).rows()], reading


def table(delimiter: str, n_rows: int = 20, end: str = "") -> str:
    return "".join(delimiter.join((f"u{n}", f"i{n % 7}", f"{1_500_000_000 + n}")) + end + "\n" for n in range(n_rows))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a, b ,,d\n1,2,3,4", ["a", "b", "2", "d"]),
        ('\ufeff\n"a,1","b ""c"""\n', ["a,1", 'b "c"']),
        ("007\n", ["007"]),
        ("a" * 2_000_000 + ",b", ["a" * 2_000_000, "b"]),
        ("a,b,,\n1,2,3,4\n", ["a", "b", "2", "3"]),
        ("#a,b\n1,2\n", ["a", "b"]),
        ("# a,b\n# 2024-01-01\nc,d\n1,2\n", ["a", "b"]),
    ],
)
@pytest.mark.parametrize("dialect", [RFC_4180, OPEN])
def test_names_of_columns(text: str, names: list[str], dialect: Dialect, tmp_path: Path) -> None:
    assert layout(tmp_path, text, dialect).names == tuple(names)
    nameless = layout(tmp_path, text, replace(dialect, header=False))
    assert nameless.names == tuple(str(place) for place in range(len(names)))


@pytest.mark.parametrize("text", [b'"a,b\n1,2', b'"a"b,c', b"a\rb", b"\xff,b", b" \n\n", b'"a\nb",c'])
def test_a_first_line_that_is_no_record(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="first line") as caught:
        layout(tmp_path, text)
    assert "UTF-8" in caught.value.remedy


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "::", " ", BLANKS])
def test_delimiters_are_found(delimiter: str, header: bool, tmp_path: Path) -> None:
    sign = "   " if delimiter == BLANKS else delimiter
    text = sign.join(("user", "item", "time")) * header + "\n" + table(sign)
    dialect = OPEN if header else NAMELESS
    assert layout(tmp_path, text, dialect).dialect.delimiter == delimiter
    assert rows(tmp_path, text, dialect)[0][-1] == ("u19", "i5", "1500000019")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("user id;item id;time\n1;2,5;2018-01-01 00:00:00\n3;4,5;2018-01-02 00:00:00\n", ";"),
        ("user,item,time\n1,a|b,2018-01-01 00:00\n2,c|d,2018-01-02 00:00\n", ","),
        ("item\ttitle\n1\tOne, two\n2\tThree, four\n", "\t"),
        ("id,title\n1,A b c\n2,D e f\n", ","),
        ('id;title\n1;"a;b"\n2;"c\nd"\n', ";"),
        ("name\nx\ny\n", ","),
        ("", ","),
    ],
)
def test_a_sign_among_others(text: str, delimiter: str, tmp_path: Path) -> None:
    assert layout(tmp_path, text, NAMELESS).dialect.delimiter == delimiter


def test_what_is_set_is_not_looked_for(tmp_path: Path) -> None:
    assert layout(tmp_path, "a;b,c\n1;2,3\n", Dialect(",", AUTO)).names == ("a;b", "c")
    assert layout(tmp_path, "sep=;\na;b,c\n1;2,3\n", Dialect(",", AUTO)).names == ("a;b", "c")


@pytest.mark.parametrize(("end", "names"), [(",", "a,b,c"), (",,", "a,b,c"), ("", "a,b,c,"), ("", "a,b,c,,")])
def test_delimiters_at_the_end_of_rows_or_of_the_header(end: str, names: str, tmp_path: Path) -> None:
    found, reading = rows(tmp_path, f"{names}\n{table(',', end=end)}u,i,1{end}x\nu,i\n")
    assert len(found) == 20 + (not end)
    assert {len(row) for row in found} == {3}
    assert [line for line, _ in places(reading.log)] == ([22, 23] if end else [23])


def test_data_beyond_the_header_is_not_dropped(tmp_path: Path) -> None:
    found, reading = rows(tmp_path, "a,b\n" + "1,2,3\n" * 20)
    assert found == []
    assert reading.log.by_reason == {"wrong number of fields": 20}


@pytest.mark.parametrize(
    "head",
    ["sep=,\n", '"sep=,"\r\n', "# exported\n", "# one\n\n# two, by, four, people\n", "\nsep=,\n# one\n", "\n \n"],
)
def test_lines_before_the_header(head: str, tmp_path: Path) -> None:
    text = head + "a,b,c\n" + table(",") + "x,y\n"
    found, reading = rows(tmp_path, text)
    assert (len(found), found[0]) == (20, ("u0", "i0", "1500000000"))
    assert places(reading.log) == [(text.count("\n"), "wrong number of fields")]
    assert rows(tmp_path, head + table(","), NAMELESS)[0] == found


def test_comments_anywhere_by_setting(tmp_path: Path) -> None:
    text = '% one\na,b,c\n% "two\n' + table(",") + "%\n"
    found, reading = rows(tmp_path, text, replace(OPEN, comment="%"))
    assert (len(found), reading.log.count) == (20, 0)


def test_quotes_that_quote_nothing(tmp_path: Path) -> None:
    titles = ['"Loved" it', '5" screen', "fine", '"unclosed', "ok"] * 20
    text = "id\ttitle\n" + "".join(f"{place}\t{title}\n" for place, title in enumerate(titles))
    found, reading = rows(tmp_path, text)
    assert [title for _, title in found] == titles
    assert reading.log.count == 0


def test_backslashes_before_quotes(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "user,text\n" + 'u,"\\"so\\", he said"\n' * 20)
    layout = layout_of(Reading(path), OPEN)
    assert (layout.dialect.quote, layout.dialect.escape) == ('"', "\\")


def test_some_broken_quotes_among_sound_ones_are_faults(tmp_path: Path) -> None:
    text = "id,title\n" + '1,"a, b"\n' * 100 + '2,"c\n' * 20
    found, reading = rows(tmp_path, text)
    assert len(found) == 100
    assert reading.log.by_reason == {"broken quotes": 20}


FIELDS = st.text(st.sampled_from('ab",;|\n :#\t'), max_size=8)


@given(
    texts=st.lists(st.tuples(FIELDS, FIELDS, FIELDS), max_size=30),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_valid_text_is_never_taken_for_another(
    texts: list[tuple[str, str, str]], delimiter: str, quoting: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stream = io.StringIO()
    records = [(f"u{place}", *fields) for place, fields in enumerate(texts)]
    csv.writer(stream, delimiter=delimiter, quoting=quoting).writerows([("user", "a", "b", "c"), *records])
    found, reading = rows(tmp_path_factory.getbasetemp(), stream.getvalue(), replace(OPEN, delimiter=delimiter))
    assert found == records
    assert reading.log.count == 0
    # The delimiter can be told where the text does not hold another one that would do.
    if not any(sign in field for fields in texts for field in fields for sign in ",;|:\t "):
        assert rows(tmp_path_factory.getbasetemp(), stream.getvalue())[0] == records


def test_a_line_in_quotes_that_looks_like_a_row_is_none(tmp_path: Path) -> None:
    text = "user,item,time,text\n" + 'u0,i1,15,"I copied this:\nu1,i2,14,spam"\n' * 300
    found, reading = rows(tmp_path, text)
    assert {row[:2] for row in found} == {("u0", "i1")}
    assert (len(found), reading.log.count) == (300, 0)


@pytest.mark.parametrize(
    ("text", "delimiter", "header"),
    [
        ("user,item\nu,i\n", ",", True),
        ("user;item;price\nu;i;3,50\nv;j;4,50\n", ";", True),
        ("u;i;3,50\nv;j;4,50\n", ";", False),
        ("\ufeffuser\titem\nu\ti\n", "\t", True),
        ("u1,i1,2024-01-31 12:30:00\nu2,i2,2024-01-31 12:31:00\n", ",", False),
        ("u1,i1,2024-01-31T12:30:00+02:00\nu2,i2,2024-01-31T12:31:00+02:00\n", ",", False),
        ("1::1193::5::978300760\n1::661::3::978302109\n", "::", False),
        ("user:item\nu:i\nv:j\n", ":", True),
        ("5 5 1\n5 6 2\n", " ", False),
        ("words of a text\nand others\n", ",", True),
        ("user\nu\n", ",", True),
    ],
)
def test_a_first_line_with_a_value_names_no_columns(text: str, delimiter: str, header: bool, tmp_path: Path) -> None:
    found = layout(tmp_path, text, replace(OPEN, header=None)).dialect
    assert (found.delimiter, found.header) == (delimiter, header)

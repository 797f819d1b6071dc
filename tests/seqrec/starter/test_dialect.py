"""Delimiters and headers, guessed."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqrec.starter.dialect import DELIMITERS, guess_dialect

TEXTS = st.text(st.characters(categories=["L", "Po", "Zs"]), min_size=1)


def guessed(folder: Path, text: str, usual: str = ",") -> tuple[str | None, bool]:
    """Return the delimiter, and whether there is a header."""
    path = folder / "orders.txt"
    path.write_bytes(text.encode())
    dialect = guess_dialect(path, usual)
    return dialect.delimiter, dialect.header


@pytest.mark.parametrize(
    ("text", "delimiter", "header"),
    [
        ("user,item\nu,i\n", None, True),
        ("user;item;price\nu;i;3,50\nv;j;4,50\n", ";", True),
        ("u;i;3,50\nv;j;4,50\n", ";", False),
        ("user|item|text\r\nu|i|a;b\r\nu|i|a\r\n", "|", True),
        ("\ufeffuser\titem\nu\ti\n", "\t", True),
        ("u1,i1,2024-01-31 12:30:00\nu2,i2,2024-01-31 12:31:00\n", None, False),
        ("u1,i1,2024-01-31T12:30:00+02:00\nu2,i2,2024-01-31T12:31:00+02:00\n", None, False),
        ("1::1193::5::978300760\n1::661::3::978302109\n", ":", False),
        ("5 5 1\n5 6 2\n", " ", False),
        ("words of a text\nand others\n", None, True),
        ("user\nu\n", None, True),
        ('user;"a;b"\nu;"line\nline"\n', ";", True),
        ("user;item\ru;i\r", None, True),
        ('user;item\n"u;i\n' + "v;j\n" * 3, None, True),
    ],
)
def test_known_answers(tmp_path: Path, text: str, delimiter: str | None, *, header: bool) -> None:
    assert guessed(tmp_path, text) == (delimiter, header)


def test_the_usual_delimiter_is_not_named(tmp_path: Path) -> None:
    assert guessed(tmp_path, "user\titem\nu\ti\n", "\t") == (None, True)
    assert guessed(tmp_path, "user,item\nu,i\n", "\t") == (",", True)


@given(st.sampled_from(DELIMITERS), st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_quoted_texts_hide_no_delimiter(tmp_path: Path, delimiter: str, rows: list[tuple[str, str, str]]) -> None:
    path = tmp_path / "orders.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([("user", "item", "title"), *rows])
    assert guess_dialect(path, "").delimiter == delimiter

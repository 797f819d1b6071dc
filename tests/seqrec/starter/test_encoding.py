"""The encoding of a table, guessed from its bytes."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqrec.starter.encoding import Encoding, guess_encoding

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


def guessed(folder: Path, *contents: bytes, named: str | None = None) -> Encoding:
    """Return the guess for files with these contents."""
    files = [folder / f"{place}.csv" for place in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return guess_encoding(files, named)


def test_the_line_that_decides_is_named(tmp_path: Path) -> None:
    found = guessed(tmp_path, b"user;item\nu;1\n", "user;item\nu;7\nu;Größe 38 für den Müller\n".encode("cp1252"))
    assert found.name == "cp1252"
    assert 'line 3 of 1.csv is no UTF-8 and then reads "u;Größe 38 für den Müller"' in found.reason


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ([b"plain"], "utf-8"),
        (["Müller".encode()] * 2 + [b"M\xfcller"], "utf-8"),
        (["Müller".encode()] + [b"M\xfcller"] * 2, "cp1252"),
        ([b"\x81\x8d"] * 5, "utf-8"),
        ([b"\0" * 50], "utf-8"),
        ([], "utf-8"),
    ],
    ids=["ASCII", "a broken line", "a stray line", "neither", "zeros", "empty"],
)
def test_most_lines_decide(tmp_path: Path, lines: list[bytes], name: str) -> None:
    assert guessed(tmp_path, b"".join(line + b"\n" for line in lines)).name == name


@given(st.lists(TEXTS, min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_utf_8_is_never_taken_for_anything_else(tmp_path: Path, lines: list[str]) -> None:
    assert guessed(tmp_path, "\n".join(lines).encode()) == Encoding()


def test_a_line_without_end_is_looked_at_in_pieces(tmp_path: Path) -> None:
    # Every piece begins and ends inside of a character.
    assert guessed(tmp_path, b"x" + "€".encode() * (1 << 20)) == Encoding()


def test_a_compressed_file(tmp_path: Path) -> None:
    assert guessed(tmp_path, gzip.compress("Größe\n".encode("cp1252"))).name == "cp1252"


def test_an_encoding_that_is_named_is_taken_with_a_remark_if_there_is_a_doubt(tmp_path: Path) -> None:
    remark = "named by --encoding, although its text could be UTF-8"
    assert guessed(tmp_path, "Größe\n".encode(), named="cp1252") == Encoding("cp1252", remark)
    assert guessed(tmp_path, b"plain\n", named="cp1252") == Encoding("cp1252", "named by --encoding")
    assert guessed(tmp_path, "Größe\n".encode("cp850"), named="cp850") == Encoding("cp850", "named by --encoding")

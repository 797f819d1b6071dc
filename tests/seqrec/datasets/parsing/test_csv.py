from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.csv import read_csv_lines
from tests.seqrec.datasets.files import places

TEXTS = st.text(st.sampled_from("a ,\t\r\u2665\u2028\ufeff"), max_size=6)
Read = tuple[list[tuple[object, ...]], list[tuple[int, str]], int]


def read(lines: list[str], n_fields: int, separator: str) -> Read:
    """Records with their lines, what was set aside, and how many were read."""
    columns = [f"c{place}" for place in range(n_fields)]
    rejects = Rejects()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())
        frames = list(read_csv_lines(path, columns, separator, rejects, header=False))
    return pl.concat(frames).rows() if frames else [], sorted(places(rejects)), rejects.n_read


@given(st.lists(TEXTS, max_size=5), st.sampled_from([1, 2, 3]), st.sampled_from([",", "\t"]))
@example(["a\rb,c"], 2, ",")
@example(["a\r,c\r"], 2, ",")
@example(["\t\t"], 3, "\t")
@example(["  ", "a"], 1, ",")
@example(["\ufeff\ufeffa,b"], 2, ",")
@example(["a," + "b" * 200_000], 2, ",")
def test_a_record_is_the_same_beside_one_with_quotes(lines: list[str], n_fields: int, separator: str) -> None:
    lines = ["first" + separator * (n_fields - 1), *lines]
    quoted = separator.join(['"q"'] * n_fields)
    rows, set_aside, n_read = read([*lines, quoted], n_fields, separator)
    assert rows.pop() == (len(lines) + 1, *["q"] * n_fields)
    assert (rows, set_aside, n_read - 1) == read(lines, n_fields, separator)


@pytest.mark.parametrize("form", ["{}", '"{}"'], ids=["bare", "quoted"])
def test_a_field_may_be_as_long_as_a_line(form: str) -> None:
    long = "b" * 200_000
    rows, set_aside, _ = read(["a," + form.format(long)], 2, ",")
    assert rows == [(1, "a", long)]
    assert set_aside == []


def test_a_line_too_long_at_the_end_hides_none_that_is_too_short(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("u,i,t,1\nu2,i2,t\nu3,i3,t,1,")
    rejects = Rejects()
    (frame,) = read_csv_lines(path, list("uitv"), ",", rejects, header=False)
    assert frame.rows() == [(1, "u", "i", "t", "1")]
    assert places(rejects) == [(2, "wrong number of fields"), (3, "wrong number of fields")]

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.canonical.whole_numbers import without_fractions
from seqrec.datasets.reading import Reading


def read(*parts: list[str | None]) -> tuple[list[str | None], Reading, int]:
    """Return the ids of a file of these frames, the file, and how many frames were read a second time."""
    n_again = 0

    def again() -> Iterator[pl.DataFrame]:
        nonlocal n_again
        for part in parts:
            n_again += 1
            yield frame(part)

    def frame(part: list[str | None]) -> pl.DataFrame:
        return pl.DataFrame({"user": pl.Series(part, dtype=pl.String)})

    reading = Reading(Path("e.csv"), null_words=("nan",))
    found = [ids for one in without_fractions(map(frame, parts), again, reading, "user") for ids in one["user"]]
    return found, reading, n_again


@pytest.mark.parametrize(
    ("parts", "ids"),
    [
        (["12.0", "7.0"], ["12", "7"]),
        (["-3.0", None, "nan", ""], ["-3", None, "nan", ""]),
        (["12.0", "7.5"], ["12.0", "7.5"]),
        (["12.0", "7"], ["12.0", "7"]),
        (["12.00"], ["12.00"]),
        (["v1.0"], ["v1.0"]),
        ([None, ""], [None, ""]),
        ([], []),
    ],
)
def test_ids_are_whole_numbers_if_all_of_them_are(parts: list[str | None], ids: list[str | None]) -> None:
    found, reading, _ = read(parts)
    assert found == ids
    assert bool(reading.notes) == (found != parts)


def test_a_fraction_far_behind_keeps_them_all() -> None:
    assert read(["1.0"], ["2.0"], ["2.5"], ["3.0"])[0] == ["1.0", "2.0", "2.5", "3.0"]
    found, reading, n_again = read(["1.0"], ["2.0"])
    assert (found, n_again) == (["1", "2"], 2)
    assert dict(reading.notes) == {"user: whole numbers written as 12.0, read as 12": 2}


def test_other_files_are_read_once() -> None:
    assert read(["a"], ["2.0"])[2] == 0

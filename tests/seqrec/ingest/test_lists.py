"""Item ids that are lists are noticed, and ids that only look a little like them are not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.ingest.lists import list_of_ids

DRAWS = random.Random(0)
HISTORIES = [[f"B{DRAWS.randrange(90):05d}" for _ in range(DRAWS.randint(1, 9))] for _ in range(300)]


def looked_at(items: list[str]) -> str | None:
    return list_of_ids(items)


@pytest.mark.parametrize(
    "written",
    [
        ",".join,
        " ".join,
        "|".join,
        str,
        lambda history: f"[{'; '.join(history)}]",
        lambda history: "[" + ", ".join(f'"{item}"' for item in history) + "]",
    ],
    ids=["commas", "blanks", "pipes", "Python", "brackets", "JSON"],
)
def test_lists_are_noticed(written: object) -> None:
    assert callable(written)
    found = looked_at([written(history) for history in HISTORIES])
    assert found is not None
    assert found.count("B0") == max(map(len, HISTORIES))


def test_single_numbers_titles_and_composed_ids_are_no_lists() -> None:
    assert looked_at([f"{n}" for n in range(300)]) is None
    # A product and its size.
    assert looked_at([f"{n % 40},{38 + n % 7}" for n in range(300)]) is None
    films = ["The Matrix (1999)", "Se7en (1995)", "12 Monkeys (1995)", "Heat (1995)", "The Usual Suspects (1995)"]
    assert looked_at([f"{film} {part}" for film in films for part in ("", "and the other one", "again")]) is None
    # Lists that nobody shares an item of may be anything.
    assert looked_at([f"{n},{n}" * (1 + n % 3) for n in range(300)]) is None


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters=",;| "), min_size=1), min_size=1))
def test_ids_without_separators_are_never_lists(items: list[str]) -> None:
    assert looked_at(items) is None

"""Columns are cleaned in the same way as single texts."""

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.canonical.cleaning import cleaned, flat_unique
from seqrec.datasets.canonical.titles import clean_text, clean_title

TEXTS = (
    st.none()
    | st.text(max_size=8)
    | st.lists(
        st.sampled_from(["a", "B ", " ", "&", "amp;", "<b>", "<", "{", ".x", "var ", "=", "\x1c", "\xa0", ".getTime("]),
        max_size=6,
    ).map("".join)
)


@pytest.mark.parametrize("clean", [clean_title, clean_text])
@given(texts=st.lists(TEXTS, max_size=6))
def test_a_column_is_its_texts(clean: Callable[[str | None], str | None], texts: list[str | None]) -> None:
    assert cleaned(pl.Series(texts, dtype=pl.String), clean).to_list() == [clean(text) for text in texts]


def test_a_column_without_a_single_text() -> None:
    assert cleaned(pl.Series([None, None]), clean_title).equals(pl.Series([None, None], dtype=pl.String))


@pytest.mark.parametrize(
    ("lists", "flat"),
    [
        (
            [[["Beauty", "Nails"], ["Home", "Beauty", "L&#39;Oreal"]], None, [[], None, ["Home", None]], [], [[" "]]],
            [["Beauty", "Nails", "Home", "L'Oreal"], None, ["Home"], None, None],
        ),
        ([["b", "a", " b", "b", " ", None], [""], None], [["b", "a"], None, None]),
        ([None, None], [None, None]),
        ([], []),
    ],
)
def test_known_lists(lists: list[object], flat: list[object]) -> None:
    assert flat_unique(pl.Series(lists)).to_list() == flat


def names_of(lists: object) -> list[str]:
    """Return all texts of nested lists, from left to right."""
    if isinstance(lists, list):
        return [name for inner in lists for name in names_of(inner)]
    return [lists] if isinstance(lists, str) else []


@given(lists=st.lists(st.none() | st.lists(st.none() | st.lists(TEXTS, max_size=3), max_size=3), max_size=5))
def test_lists_are_cleaned_name_by_name(lists: list[object]) -> None:
    column = pl.Series(lists, dtype=pl.List(pl.List(pl.String)))
    clean = [[text for name in names_of(one) if (text := clean_title(name))] for one in lists]
    assert flat_unique(column).to_list() == [list(dict.fromkeys(names)) or None for names in clean]

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seqrec import schema
from seqrec.text.template import Template
from seqrec.types import Vocabulary


def items_of(*rows: dict) -> pl.DataFrame:
    frame = pl.DataFrame(
        list(rows),
        schema={
            schema.ITEM: pl.String,
            schema.TITLE: pl.String,
            schema.BRAND: pl.String,
            schema.CATEGORIES: pl.List(pl.String),
            schema.DESCRIPTION: pl.String,
        },
    )
    assert frame.columns == schema.ITEMS.names
    return frame


def vocabulary_of(*item_ids: str) -> Vocabulary:
    return Vocabulary(np.array(item_ids, object), np.array(["u"], object))


def text_of(template: Template, **columns: object) -> str:
    return template.texts(items_of({schema.ITEM: "a"} | columns), vocabulary_of("a")).texts[0]


FULL = {"title": "Nail polish", "brand": "OPI", "categories": ["Beauty", "Nails"], "description": "Red."}


def test_writes_every_column() -> None:
    template = Template(template="{title} by {brand} ({categories}): {description}")
    assert text_of(template, **FULL) == "Nail polish by OPI (Beauty, Nails): Red."


def test_doubled_braces_are_literal() -> None:
    assert text_of(Template(template="{{{title}}}"), **FULL) == "{Nail polish}"


def test_follows_the_vocabulary_not_the_table() -> None:
    items = items_of({"item_id": "a", "title": "A"}, {"item_id": "x", "title": "X"}, {"item_id": "b", "title": "B"})
    texts = Template().texts(items, vocabulary_of("b", "gone", "a"))
    assert texts.texts == ("B", "Unknown item", "A")
    assert texts.missing.tolist() == [False, True, False]
    assert texts.item_ids.tolist() == ["b", "gone", "a"]


@pytest.mark.parametrize("title", [None, "", " \n\t"])
def test_falls_back_without_a_title(title: str | None) -> None:
    assert text_of(Template(), **FULL | {"title": title}) == "OPI Beauty, Nails"


def test_falls_back_without_a_title_even_if_the_brand_is_known() -> None:
    template = Template(template="{title} by {brand}", fallback="something of {brand}")
    assert text_of(template, brand="OPI") == "something of OPI"


def test_falls_back_where_all_columns_are_empty() -> None:
    template = Template(template="{brand}: {description}", fallback="{title}")
    assert text_of(template, title="T") == "T"
    assert text_of(template, title="T", brand="B") == "B:"


def test_a_fallback_without_its_columns_says_nothing() -> None:
    template = Template(fallback="by {brand}")
    texts = template.texts(items_of({"item_id": "a", "categories": ["Beauty"]}), vocabulary_of("a"))
    assert texts.texts == ("Unknown item",)
    assert texts.missing.tolist() == [True]


def test_half_a_fallback_leaves_no_stray_blank() -> None:
    assert text_of(Template(), categories=["Beauty"]) == "Beauty"


def test_joins_each_category_once_in_order() -> None:
    template = Template(template="{categories}")
    assert text_of(template, categories=["Beauty", "Nails", None, "Beauty", "Hair"]) == "Beauty, Nails, Hair"
    assert text_of(template, categories=[], brand="b", title="t") == "b"


def test_white_space_becomes_one_blank() -> None:
    assert text_of(Template(), title="  two\n\n words\x00 \x1f") == "two words"


def test_cuts_long_texts() -> None:
    assert text_of(Template(max_chars=6), title="Nagel äöü") == "Nagel"
    assert text_of(Template(max_chars=7), title="Nagel äöü") == "Nagel ä"


def test_titles_are_text_and_never_templates() -> None:
    assert text_of(Template(template="{title} {brand}"), title="{brand} {0}", brand="$1") == "{brand} {0} $1"


LINES = st.none() | st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8)


@given(titles=st.lists(LINES, min_size=1, max_size=8), brands=st.lists(LINES, min_size=8, max_size=8))
def test_every_item_has_a_text_and_missing_ones_the_placeholder(
    titles: list[str | None], brands: list[str | None]
) -> None:
    rows = [{"item_id": str(i), "title": t, "brand": b} for i, (t, b) in enumerate(zip(titles, brands, strict=False))]
    template = Template(placeholder="\x00nothing")
    texts = template.texts(items_of(*rows), vocabulary_of(*(row["item_id"] for row in rows)))
    for text, missing, row in zip(texts.texts, texts.missing, rows, strict=True):
        assert text.strip()
        assert (text == "\x00nothing") == missing
        words = [word for column in ("title", "brand") for word in (row[column] or "").split()]
        assert bool(words) or missing


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "template",
            "{titel}",
            "unknown field 'titel'; the fields are: {title}, {brand}, {categories}, {description}",
        ),
        ("template", "{}", "unknown field ''"),
        ("template", "{title.x}", "unknown field 'title.x'"),
        ("template", "{title!r}", "unknown field"),
        ("template", "{title:>9}", "unknown field"),
        ("template", "{title", "expected '}'"),
        ("template", "an item", "names no field"),
        ("fallback", "{price}", "unknown field 'price'"),
        ("placeholder", " ", "placeholder"),
    ],
)
def test_refuses_what_it_could_not_write(key: str, value: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Template.model_validate({key: value})
    assert message in str(caught.value)

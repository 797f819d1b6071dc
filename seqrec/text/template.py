"""The template that turns an item's metadata into the text that encoders read."""

from string import Formatter
from typing import Annotated, Final

import numpy as np
import polars as pl
from pydantic import AfterValidator, PositiveInt

from seqrec import schema
from seqrec.config import Config
from seqrec.config.pattern import Pattern
from seqrec.types import Texts, Vocabulary

FIELDS: Final = (schema.TITLE, schema.BRAND, schema.CATEGORIES, schema.DESCRIPTION)
"""The item columns that a template may name."""

BLANK: Final = r"[\s\p{Cc}]+"
"""White space and control characters, which occur in dumps and disturb tokenizers."""


def _fields_of(template: str) -> list[str]:
    return [field for _, field, _, _ in Formatter().parse(template) if field is not None]


def _only_known_fields(template: str) -> str:
    for _, field, spec, conversion in Formatter().parse(template):
        if field is not None and (field not in FIELDS or spec or conversion):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise ValueError(f"'{template}' names the unknown field '{field}'; the fields are: {known}")
    return template


def _at_least_one_field(template: str) -> str:
    if not _fields_of(template):
        raise ValueError(f"'{template}' names no field, so all items would have the same text")
    return template


FormatString = Annotated[str, AfterValidator(_only_known_fields)]
"""A text with item columns in braces."""


class Template(Config):
    """The template that turns the metadata of an item into its text.

    Consecutive white space and control characters become one space, and a column without other characters counts as
    empty. Distinct categories are joined by ", ".
    """

    template: Annotated[FormatString, AfterValidator(_at_least_one_field)] = "{title}"
    """The text of an item, with columns in braces: `title`, `brand`, `categories` or `description`."""
    fallback: FormatString = "{brand} {categories}"
    """The template for items whose columns in `template` are all empty, or whose title is empty if `template` names
    it."""
    placeholder: Annotated[str, Pattern(r"\S", "text that is not blank")] = "Unknown item"
    """The text of items whose columns in `fallback` are empty too; they count as missing."""
    max_chars: PositiveInt | None = None
    """The number of characters after which a text is cut; no limit if left out."""

    def texts(self, items: pl.DataFrame, vocabulary: Vocabulary) -> Texts:
        """Returns the text of every item of `vocabulary`, in its order.

        Args:
            items: The metadata, with the columns of `schema.ITEMS`; items without a row get the placeholder.
            vocabulary: The items whose texts are returned.
        """
        written = pl.coalesce(_write(self.template), _write(self.fallback))
        if self.max_chars is not None:
            written = written.str.head(self.max_chars).str.strip_chars_end()
        ids = pl.DataFrame({schema.ITEM: pl.Series(vocabulary.item_ids.tolist(), dtype=pl.String)})
        texts = (
            ids.join(items, on=schema.ITEM, how="left", validate="m:1", maintain_order="left")
            .with_columns(_clean(name) for name in FIELDS)
            .select(written.alias("text"))
            .get_column("text")
        )
        missing: np.ndarray = texts.is_null().to_numpy()
        return Texts(vocabulary.item_ids, tuple(texts.fill_null(self.placeholder)), missing)


def _clean(name: str) -> pl.Expr:
    """Returns the column as one line of text, null if it is empty."""
    column = pl.col(name)
    if name == schema.CATEGORIES:
        column = column.list.drop_nulls().list.unique(maintain_order=True).list.join(", ")
    line = column.str.replace_all(BLANK, " ").str.strip_chars()
    return pl.when(line != "").then(line)


def _write(template: str) -> pl.Expr:
    """Returns the filled `template`, null if its columns are empty."""
    pieces: list[pl.Expr] = []
    for literal, field, _, _ in Formatter().parse(template):
        pieces.append(pl.lit(literal))
        if field is not None:
            pieces.append(pl.col(field).fill_null(""))
    fields = _fields_of(template)
    speaks = pl.any_horizontal(pl.lit(value=False), *(pl.col(field).is_not_null() for field in fields))
    if schema.TITLE in fields:
        speaks = pl.col(schema.TITLE).is_not_null()
    line = pl.concat_str(pl.lit(""), *pieces).str.replace_all(BLANK, " ").str.strip_chars()
    return pl.when(speaks).then(line)

"""From rows with an id and texts to canonical items, with cleaned texts and flat categories."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.canonical.cleaning import cleaned, flat_unique
from seqrec.datasets.canonical.fields import absent, usable
from seqrec.datasets.canonical.first_seen import first_of_each
from seqrec.datasets.canonical.frames import to_batches
from seqrec.datasets.canonical.titles import clean_text, clean_title
from seqrec.datasets.reading import Reading

Texts = Mapping[str, str | pl.Expr]
"""By column of `schema.ITEMS`, where it comes from: a column, or what is made of several."""

_CLEANERS = {schema.TITLE: clean_title, schema.BRAND: clean_title, schema.DESCRIPTION: clean_text}


def to_items(
    frames: Iterator[pl.DataFrame],
    reading: Reading,
    item: str,
    texts: Texts,
    *,
    separator: str = "|",
    by_design: Mapping[str, pl.Expr] = MappingProxyType({}),
) -> Iterator[pa.RecordBatch]:
    """The usable rows as items, the first of each id; the others are set aside.

    Args:
        frames: Frames of one file, with the columns `LINE` and those named below.
        reading: That file.
        item: Column of ids, text.
        texts: All other columns; what is left out is null. Categories are lists, lists of lists, or text.
        separator: What stands between categories in a text.
        by_design: As for `usable`, whose errors are raised, too.
    """
    sources = {name: texts.get(name, pl.lit(None, pl.String)) for name in schema.ITEMS.names} | {schema.ITEM: item}
    columns = [(pl.col(from_) if isinstance(from_, str) else from_).alias(name) for name, from_ in sources.items()]
    rows = usable(frames, reading, {f"no {item}": absent(item, reading.null_words)}, by_design)
    for frame in first_of_each(rows, item, reading):
        yield from to_batches(_cleaned(frame.select(columns), reading, separator))


def _cleaned(frame: pl.DataFrame, reading: Reading, separator: str) -> pl.DataFrame:
    texts = {name: cleaned(frame[name], clean) for name, clean in _CLEANERS.items()}
    # Where no more than white space was taken, nothing was cleaned.
    plain = frame[schema.TITLE].cast(pl.String).str.replace_all(r"\s+", " ").str.strip_chars()
    reading.n_cleaned_titles += int((plain.fill_null("") != texts[schema.TITLE].fill_null("")).sum())
    categories = frame[schema.CATEGORIES]
    lists = categories.str.split(separator) if categories.dtype == pl.String else categories
    return pl.DataFrame({schema.ITEM: frame[schema.ITEM], **texts, schema.CATEGORIES: flat_unique(lists)})

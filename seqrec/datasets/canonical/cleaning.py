"""Columns of texts and of nested lists of names, cleaned as `titles` says; only what may need it is looked at."""

from collections.abc import Callable

import polars as pl

from seqrec.datasets.canonical.titles import clean_title

_DOUBTFUL = r"[^ -~]|[&<={]|getTime\(|^ |  | $|^$"
"""What cleaning may change in a text: markup, code, white space, or characters outside ASCII."""


def cleaned(texts: pl.Series, clean: Callable[[str | None], str | None]) -> pl.Series:
    """The texts as `titles.clean_title` or `titles.clean_text` gives them."""
    texts = texts.cast(pl.String)
    doubtful = texts.str.contains(_DOUBTFUL).fill_null(value=False)
    return texts.scatter(doubtful.arg_true(), pl.Series(map(clean, texts.filter(doubtful)), dtype=pl.String))


def flat_unique(lists: pl.Series) -> pl.Series:
    """The cleaned names of each of the nested lists, each once, in the order of first sight; null without any."""
    names = lists.to_frame("name").with_row_index("row")
    while isinstance(names.schema["name"], pl.List):
        names = names.explode("name")
    # The same few names stand in most of the lists.
    known = pl.DataFrame({"name": names["name"].cast(pl.String).unique().drop_nulls()})
    known = known.with_columns(clean=cleaned(known["name"], clean_title)).drop_nulls()
    flat = (
        names.cast({"name": pl.String})
        .join(known, on="name", maintain_order="left")
        .group_by("row", maintain_order=True)
        .agg(pl.col("clean").unique(maintain_order=True))
    )
    rows = pl.DataFrame({"row": pl.int_range(len(lists), dtype=pl.UInt32, eager=True)})
    return rows.join(flat, on="row", how="left", maintain_order="left")["clean"]

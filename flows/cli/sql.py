"""Read-only queries to the catalogue."""

import sys
from typing import Annotated

import typer

_WIDEST = 65_535
"""Characters per line of a table; polars takes no larger number."""


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT statement, or `show tables`.")],
) -> None:
    """Query the catalogue of dumps and results.

    The query can't change anything.
    """
    import polars as pl

    from storage.catalogue import Catalogue
    from storage.settings import Settings

    frame = Catalogue(Settings().catalogue_path).query(query)
    width, length = (200, 80) if sys.stdout.isatty() else (_WIDEST, _WIDEST)
    with pl.Config(
        tbl_rows=1000, tbl_cols=-1, fmt_str_lengths=length, tbl_hide_dataframe_shape=True, tbl_width_chars=width
    ):
        typer.echo(frame)

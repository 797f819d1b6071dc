"""Read-only queries to the catalogue."""

from typing import Annotated

import typer


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
    with pl.Config(tbl_rows=1000, tbl_cols=-1, fmt_str_lengths=80, tbl_hide_dataframe_shape=True, tbl_width_chars=200):
        typer.echo(frame)

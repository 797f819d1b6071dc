"""Steam reviews, version 1: one player per line, a Python literal with a list of reviews."""

import json
from collections.abc import Iterable, Iterator

import polars as pl

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.parsing.blocks import read_blocks
from seqrec.datasets.parsing.pyliteral import parse_literal
from seqrec.datasets.parsing.rows import read_rows
from seqrec.datasets.reading import Reading


def read_bundles(reading: Reading, fields: Fields) -> Iterator[pl.DataFrame]:
    """One row per review, with `fields` of version 2, and the number of the player's line in `LINE`.

    Reviews have a date such as `Posted March 9, 2019.`, of which the date is left. Those of the year in which the dump
    was made have no year: their time can't be read.
    """
    day = pl.col("date").str.strip_prefix("Posted ").str.strip_suffix(".")
    fault = "no player with a list of reviews"
    for block in read_blocks(reading.path):
        yield read_rows(_reviews(block.lines()), json.loads, fault, fields, reading).with_columns(day)


def _reviews(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The reviews as JSON; a line that is no player with reviews stays as it is."""
    for number, line in lines:
        try:
            player = parse_literal(line.decode())
        except ValueError:
            player = None
        reviews = player.get("reviews") if isinstance(player, dict) else None
        if not isinstance(player, dict) or not isinstance(reviews, list):
            yield number, line
            continue
        for review in reviews:
            said = review if isinstance(review, dict) else {}
            row = {"username": player.get("user_id"), "product_id": said.get("item_id"), "date": said.get("posted")}
            yield number, json.dumps(row, default=repr).encode()

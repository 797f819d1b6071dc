"""Delimited text: fields as text, with every record that can't be read set aside under the number of its first line."""

from collections.abc import Iterator
from itertools import chain

import numpy as np
import polars as pl
from pyarrow.csv import InvalidRow

from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.blocks import BLOCK_BYTES, Block, read_blocks
from seqrec.datasets.parsing.layout import Layout
from seqrec.datasets.parsing.parse_records import parse_records
from seqrec.datasets.parsing.prefetch import prefetch
from seqrec.datasets.parsing.records import Cut, cut_lines
from seqrec.datasets.reading import Reading

_MISFIT = "wrong number of fields"


def read_csv(
    reading: Reading, layout: Layout, wanted: list[str], block_bytes: int = BLOCK_BYTES
) -> Iterator[pl.DataFrame]:
    """The `wanted` columns as text, with the number of the record's first line in `LINE`.

    Set aside are records with another number of fields, bytes that are not UTF-8, and lines that begin no record,
    because a quote does not close or a carriage return ends no line; the next line may begin one.

    Raises:
        DataError: The file is empty or packed and damaged, or it holds too many bad lines.
    """
    dialect = layout.dialect
    # Names of columns are stripped, so none of them is one of these.
    surplus = [f" {place}" for place in range(layout.n_surplus)]
    names = [*layout.names, *surplus]
    for cut in prefetch(_cut(read_blocks(reading.path, block_bytes, reading.encoding), layout)):
        table, misfits = parse_records(cut.records, dialect.simplified(), names, [*wanted, *surplus])
        places = [row.number - 1 for row in misfits]
        reading.n_records += len(cut.lines) + len(cut.others)
        for line, reason, text in cut.others:
            reading.set_aside(line, reason, dialect.restore(text))
        fitted = {}
        for line, row in zip(cut.lines[places].tolist(), misfits, strict=True):
            fitted[line] = _fitted(row, layout)
            if fitted[line] is None:
                reading.set_aside(line, _MISFIT, dialect.restore(row.text))
        frame = pl.DataFrame(table).with_columns(pl.Series(LINE, np.delete(cut.lines, places)))
        if texts := {line: text for line, text in fitted.items() if text is not None}:
            records = "".join(f"{text}\n" for text in texts.values()).encode()
            table, _ = parse_records(records, dialect.simplified(), names, [*wanted, *surplus])
            more = pl.DataFrame(table).with_columns(pl.Series(LINE, list(texts), pl.Int64))
            frame = pl.concat([frame, more]).sort(LINE)
        yield _without_surplus(frame, surplus, reading) if surplus else frame


def _fitted(row: InvalidRow, layout: Layout) -> str | None:
    """The text of an uneven row with as many fields as others; None where more than empty ones at its end differ."""
    n_more, sign = row.actual_columns - row.expected_columns, layout.dialect.simplified().delimiter
    if not layout.is_uneven or layout.dialect.escape:  # An escaped delimiter ends no field.
        return None
    if n_more > 0:
        return row.text[:-n_more] if row.text.endswith(sign * n_more) else None
    return row.text + sign * -n_more if -n_more <= layout.n_surplus else None


def _without_surplus(frame: pl.DataFrame, surplus: list[str], reading: Reading) -> pl.DataFrame:
    """The rows whose fields beyond the named ones are empty, without these; the others are set aside."""
    filled = frame.select(pl.any_horizontal(pl.col(surplus).str.strip_chars() != "")).to_series()
    reading.set_aside_rows(frame.filter(filled).with_columns(pl.lit(_MISFIT).alias("reason")))
    return frame.filter(~filled).drop(surplus)


def _cut(blocks: Iterator[Block], layout: Layout) -> Iterator[Cut]:
    dialect, simple = layout.dialect, layout.dialect.simplified()
    data, line, n_skipped = b"", 1, layout.n_skipped
    for block in chain(blocks, [None]):
        if block is not None:
            lines = block.data if block.data.endswith(b"\n") else block.data + b"\n"
            place = 0
            while n_skipped and place < len(lines):
                n_skipped, line, place = n_skipped - 1, line + 1, lines.index(b"\n", place) + 1
            data += dialect.simplify(lines[place:])
        if data:
            cut = cut_lines(data, line, simple, last=block is None)
            yield cut
            data, line = data[cut.n_bytes :], line + cut.n_lines

"""Records of JSON, or of Python literals, as a table: its columns, and how they are read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import polars as pl

from seqrec.datasets.canonical.fields import Kind
from seqrec.datasets.parsing.blocks import first_lines, read_blocks
from seqrec.datasets.parsing.json_values import read_values
from seqrec.datasets.parsing.jsonl import NOT_JSON, parse_record, read_json_blocks
from seqrec.datasets.parsing.layout import MAX_COLUMNS, too_wide
from seqrec.datasets.parsing.nested import Field, fields_of, is_nested, read_nested
from seqrec.datasets.parsing.pyliteral import NOT_A_LITERAL, parse_literal, read_literal_lines
from seqrec.datasets.parsing.sniff import holds_literals, parse_line
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from seqrec.listing import listing

_SNIFFED_RECORDS = 100
_SNIFFED_BYTES = 1 << 16

Read = Callable[[list[str]], Iterator[pl.DataFrame]]


def json_table(reading: Reading, *, by_line: bool) -> tuple[Mapping[str, Kind], Read]:
    """The columns of a file of records, one `by_line` or in any lines, and the function that reads some of them.

    Raises:
        DataError: The file is damaged, written by columns, or its records have more than 10,000 columns. Of the
            function: the columns lie in several lists, which can't all be rows.
    """
    records = list(_first_records(reading, by_line=by_line))
    _check_columns(reading, records)
    fields = fields_of(records)
    n_columns = sum(len(field.way) == 1 for field in fields.values())
    if n_columns > MAX_COLUMNS:
        raise too_wide(reading.path, n_columns)
    is_literal = by_line and holds_literals(reading.path, reading.encoding)

    def read(names: list[str]) -> Iterator[pl.DataFrame]:
        chosen = {name: fields[name] for name in names}
        kinds = {name: field.kind for name, field in chosen.items()}
        _check_lists(reading, chosen)
        blocks = (read_blocks if by_line else read_values)(reading.path, encoding=reading.encoding)
        if is_nested(chosen.values()):
            how = (parse_literal, NOT_A_LITERAL) if is_literal else (parse_record, NOT_JSON)
            return read_nested(reading, chosen, blocks, *how)
        return read_literal_lines(reading, kinds) if is_literal else read_json_blocks(reading, kinds, blocks)

    return {name: field.kind for name, field in fields.items()}, read


def _first_records(reading: Reading, *, by_line: bool) -> Iterator[dict[str, object]]:
    if by_line:
        lines = iter(first_lines(reading.path, _SNIFFED_RECORDS, reading.encoding))
    else:
        blocks = read_values(reading.path, _SNIFFED_BYTES, reading.encoding)
        lines = islice((line for block in blocks for _, line in block.lines()), _SNIFFED_RECORDS)
    for line in lines:
        # What is neither JSON nor a literal is set aside by the reader, with its number.
        parsed = parse_line(line)
        if parsed is not None and isinstance(parsed[1], dict):
            yield parsed[1]


def _check_columns(reading: Reading, records: Sequence[Mapping[str, object]]) -> None:
    """Refuse a table that is one object of columns, each of which is an object of all values by their row."""
    columns = list(records[0].values()) if len(records) == 1 else []
    rows = [set(column) for column in columns if isinstance(column, dict)]
    if 1 < len(rows) == len(columns) and len(rows[0]) > 1 and all(names == rows[0] for names in rows):
        got, expected = f"one object of the columns {listing(records[0])}", "one object per record"
        remedy = 'Write the table by records; with pandas, to_json(path, orient="records", lines=True).'
        raise DataError(str(reading.path), got=got, expected=expected, remedy=remedy)


def _check_lists(reading: Reading, fields: Mapping[str, Field]) -> None:
    lists = {".".join(field.list_way): name for name, field in fields.items() if field.list_at}
    if len(lists) > 1:
        got, expected = f"columns in the lists {listing(lists)}", "columns in one list, whose objects become rows"
        remedy = f"Choose among {listing(lists.values())}, or write the rows of each list to a file of their own."
        raise DataError(str(reading.path), got=got, expected=expected, remedy=remedy)

"""Records of delimited text as columns of text, by pyarrow."""

import pyarrow as pa
import pyarrow.csv as pc

from seqrec.datasets.parsing.dialect import Dialect


def parse_records(
    records: bytes, dialect: Dialect, names: list[str] | None = None, wanted: list[str] | None = None
) -> tuple[pa.Table, list[pc.InvalidRow]]:
    """The `wanted` columns of text, named by the first record where nobody else does; and what has not all `names`.

    The records are those of a simple dialect, as `cut_lines` gives them: left alone, pyarrow lets a quote that never
    closes swallow what follows, reads on behind a closing quote, ends a line at a lone carriage return, and gives up at
    a byte that is not UTF-8.
    """
    misfits: list[pc.InvalidRow] = []

    def skip(row: pc.InvalidRow) -> str:
        misfits.append(row)
        return "skip"

    # pyarrow passes over an empty line, but would drop a byte order mark in front.
    data = b"\n" + records
    # Only a single thread numbers the rows.
    how = pc.ReadOptions(use_threads=False, block_size=len(data), column_names=names)
    signs = {"quote_char": dialect.quote or False, "escape_char": dialect.escape or False}
    signs |= {"delimiter": dialect.delimiter}
    form = pc.ParseOptions(newlines_in_values=True, invalid_row_handler=skip, **signs)
    texts = dict.fromkeys(wanted or (), pa.large_string())
    what = pc.ConvertOptions(column_types=texts, include_columns=wanted, check_utf8=False)
    return pc.read_csv(pa.BufferReader(data), how, form, what), misfits

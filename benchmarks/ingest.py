"""Benchmark of ingest: raw Amazon dumps to canonical Parquet, compared with plain polars on the same file.

Reviews are gzipped JSON lines, read into the whole artifact of a dump: file digest, every line checked, canonical
Parquet, duplicates by policy, counts, quality report, rejected rows. The peer, with the same columns, is
`polars.scan_ndjson(schema=...).sink_parquet`, which stops at the first bad line. Metadata are gzipped lines of Python
literals, read into canonical Parquet. The peer is `ast.literal_eval` in a loop.

    python -m benchmarks.ingest --reviews 1000000 --products 100000
"""

import ast
import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import polars as pl
import typer

from benchmarks.dumps import write_products, write_reviews
from benchmarks.measure import Measured, best_of, heading, markdown
from seqrec.datasets.amazon_2014 import Config
from seqrec.datasets.canonical.tables import canonical_items
from seqrec.datasets.parsing.prefetch import prefetch
from seqrec.datasets.reading import Reading
from seqrec.ingest.growth import look_at
from seqrec.schema import ITEMS
from storage.dump import write_dump
from storage.files import ParquetSink
from storage.settings import Settings

CATEGORY = "Generated"
REVIEWS = f"reviews_{CATEGORY}.json.gz"
PRODUCTS = f"meta_{CATEGORY}.json.gz"
COLUMNS = {
    "reviewerID": pl.String,
    "asin": pl.String,
    "unixReviewTime": pl.Int64,
    "reviewTime": pl.String,
    "overall": pl.Float64,
}


def ingest_reviews(folder: Path) -> int:
    """Ingest reviews our way, and return the number of interactions."""
    dataset = Config(category=CATEGORY, core5=False, metadata=False)
    dump = folder / "dump"
    dump.mkdir(exist_ok=True)
    facts = write_dump(dump, dataset, folder, look_at(dataset, folder), None, Settings().rows_in_memory)
    n_interactions = facts["interactions"]
    assert isinstance(n_interactions, int)
    return n_interactions


def sink_reviews(folder: Path) -> int:
    """Convert reviews with plain polars, and return the number of rows."""
    path = folder / "peer.parquet"
    pl.scan_ndjson(folder / REVIEWS, schema=COLUMNS).sink_parquet(path)
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def ingest_products(folder: Path) -> int:
    """Ingest products our way, and return the number of items."""
    dataset = Config(category=CATEGORY)
    with ParquetSink(folder / "items.parquet", ITEMS) as sink:
        for batch in prefetch(canonical_items(dataset.items(Reading(folder / PRODUCTS)))):
            sink.write(batch)
    return sink.rows


def evaluate_products(folder: Path) -> int:
    """Evaluate literals in one process without keeping them, and return the number of lines."""
    with gzip.open(folder / PRODUCTS, "rt", encoding="utf-8") as file:
        return sum(isinstance(ast.literal_eval(line), dict) for line in file)


def main(
    reviews: Annotated[int, typer.Option(help="Number of lines in the file of reviews.")] = 1_000_000,
    products: Annotated[int, typer.Option(help="Number of lines in each file of metadata.")] = 100_000,
    words: Annotated[int, typer.Option(help="Number of words in each review.")] = 40,
    repeats: Annotated[int, typer.Option(help="Number of runs of each, of which the fastest counts.")] = 3,
) -> None:
    """Generate the files in a temporary folder, and print one row for each way to read them."""
    with TemporaryDirectory(prefix="seqrec-benchmark-") as temporary:
        folder = Path(temporary)
        write_reviews(folder / REVIEWS, reviews, words)
        ours, peer = best_of(repeats, ingest_reviews, folder), best_of(repeats, sink_reviews, folder)
        rows = [
            _row("JSON lines to canonical Parquet, with quality report", ours, peer),
            _row("peer: polars scan_ndjson to sink_parquet", peer, peer),
        ]
        assert ours.result == reviews, "a line was lost"
        for form, full in (("three fields", False), ("all fields", True)):
            write_products(folder / PRODUCTS, products, full=full)
            ours, peer = best_of(repeats, ingest_products, folder), best_of(repeats, evaluate_products, folder)
            rows += [
                _row(f"Python literals of {form} to canonical Parquet", ours, peer),
                _row("peer: ast.literal_eval, one process, nothing kept", peer, peer),
            ]
            assert ours.result == products, "a line was lost"
    print(heading(f"{reviews:,} reviews of {words} words and {products:,} products, gzipped, best of {repeats}"))
    print(markdown(["what", "wall s", "lines/s", "CPU s", "peak MB", "wall time against the peer"], rows))


def _row(what: str, measured: Measured, peer: Measured) -> list[str]:
    assert isinstance(measured.result, int)
    return [
        what,
        f"{measured.wall_s:.2f}",
        f"{measured.result / measured.wall_s:,.0f}",
        f"{measured.cpu_s:.2f}",
        f"{measured.peak_bytes / 1e6:,.0f}",
        f"{measured.wall_s / peer.wall_s:.2f}",
    ]


if __name__ == "__main__":
    typer.run(main)

"""Raw Amazon dumps to canonical Parquet, against plain polars on the same file.

Reviews: gzipped JSON lines through reader, canonical form and Parquet file, which judge every line, against
`polars.scan_ndjson(schema=...).sink_parquet` of the same columns, which stops at the first bad one. Metadata: lines of
Python literals through the reader, against `ast.literal_eval` in a loop.

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
from seqrec.datasets.canonical import canonical_interactions, canonical_items
from seqrec.datasets.rejects import Rejects
from seqrec.schema import INTERACTIONS, ITEMS
from storage.files import ParquetSink

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
    """Our way; the number of interactions."""
    dataset = Config(category=CATEGORY, core5=False)
    with ParquetSink(folder / "interactions.parquet", INTERACTIONS) as sink:
        for batch in canonical_interactions(dataset.interactions(folder, Rejects())):
            sink.write(batch)
    return sink.rows


def sink_reviews(folder: Path) -> int:
    """Plain polars; the number of rows."""
    path = folder / "peer.parquet"
    pl.scan_ndjson(folder / REVIEWS, schema=COLUMNS).sink_parquet(path)
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def ingest_products(folder: Path) -> int:
    """Our way; the number of items."""
    dataset = Config(category=CATEGORY)
    with ParquetSink(folder / "items.parquet", ITEMS) as sink:
        for batch in canonical_items(dataset.items(folder, Rejects())):
            sink.write(batch)
    return sink.rows


def evaluate_products(folder: Path) -> int:
    """One process that evaluates literals and keeps nothing; the number of lines."""
    with gzip.open(folder / PRODUCTS, "rt", encoding="utf-8") as file:
        return sum(isinstance(ast.literal_eval(line), dict) for line in file)


def main(
    reviews: Annotated[int, typer.Option(help="Lines of the file of reviews.")] = 1_000_000,
    products: Annotated[int, typer.Option(help="Lines of the file of metadata.")] = 100_000,
    words: Annotated[int, typer.Option(help="Words of the text of a review.")] = 40,
    repeats: Annotated[int, typer.Option(help="Runs of each, of which the fastest counts.")] = 3,
) -> None:
    """Generates both files in a temporary folder, and prints one row for each way to read them."""
    with TemporaryDirectory(prefix="seqrec-benchmark-") as temporary:
        folder = Path(temporary)
        write_reviews(folder / REVIEWS, reviews, words)
        write_products(folder / PRODUCTS, products)
        ours, peer = best_of(repeats, ingest_reviews, folder), best_of(repeats, sink_reviews, folder)
        our_items, peer_items = best_of(repeats, ingest_products, folder), best_of(repeats, evaluate_products, folder)
    assert (ours.result, our_items.result) == (reviews, products), "a line was lost"
    print(heading(f"{reviews:,} reviews of {words} words and {products:,} products, best of {repeats}"))
    print(
        markdown(
            ["what", "wall s", "lines/s", "CPU s", "peak MB", "wall time against the peer"],
            [
                _row("JSON lines (gz) to canonical Parquet", ours, peer),
                _row("peer: polars scan_ndjson to sink_parquet", peer, peer),
                _row("Python literals (gz) to canonical Parquet", our_items, peer_items),
                _row("peer: ast.literal_eval, one process, nothing kept", peer_items, peer_items),
            ],
        )
    )


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

"""Generated dumps of any size in the true formats, in which few users and items have most of the events."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from seqrec.datasets.canonical.tables import canonical_interactions
from seqrec.schema import INTERACTIONS, ITEM, TIMESTAMP, USER, VALUE
from storage.files import ParquetSink

BATCH_ROWS = 1_000_000
EVENTS_PER_USER = 10
EVENTS_PER_ITEM = 12
"""Both are as in the Amazon dump of 2023."""
FIRST_DAY, LAST_DAY = 10_000, 16_000
"""Days since 1970, from 1997 to 2013."""
DAY_US = 86_400_000_000
ALPHABET = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)
WORDS = [
    "the",
    "a",
    "it",
    "is",
    "and",
    "I",
    "this",
    "for",
    "not",
    "with",
    "very",
    "great",
    "good",
    "love",
    "product",
    "use",
    "skin",
    "hair",
    "would",
    "buy",
    "one",
    "my",
]
N_TEXTS = 1_000
N_PATHS = 3_000
"""Paths through the tree of categories, as many as the products in the public copy of Beauty have."""


def write_interactions(path: Path, n_rows: int, seed: int = 0) -> None:
    """Write canonical Parquet with ids in the form of Amazon's, times of whole days, and rows in no order."""
    with ParquetSink(path, INTERACTIONS) as sink:
        for batch in canonical_interactions(_batches(n_rows, np.random.default_rng(seed))):
            sink.write(batch)


def write_reviews(path: Path, n_lines: int, n_words: int, seed: int = 0) -> None:
    """Write reviews of `n_words` words as gzipped JSON lines, in the form of the Amazon dump of 2014."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, n_words)) for _ in range(N_TEXTS)]
    with gzip.open(path, "wt", compresslevel=6, encoding="utf-8") as file:
        for batch in _batches(n_lines, rng):
            users, items, times, values = (batch.column(name).to_pylist() for name in (USER, ITEM, TIMESTAMP, VALUE))
            for row, (user, item, time, value) in enumerate(zip(users, items, times, values, strict=True)):
                file.write(json.dumps(_review(user, item, time, value, texts[row % N_TEXTS])) + "\n")


def write_products(path: Path, n_lines: int, *, full: bool, seed: int = 0) -> None:
    """Write metadata as gzipped Python literals, in the form of the Amazon dump of 2014.

    Args:
        path: The file to write.
        n_lines: Number of products.
        full: Whether to write all fields of the published dump, or the three of the public copy of Beauty.
        seed: Seed of the words in the texts.
    """
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, 60)) for _ in range(N_TEXTS)]
    paths = [["Beauty", *(" & ".join(rng.choice(WORDS, 2)) for _ in range(row % 5))] for row in range(N_PATHS)]
    asins = _ids(np.arange(n_lines), "B", 9).to_pylist()
    with gzip.open(path, "wt", compresslevel=6, encoding="utf-8") as file:
        for row, asin in enumerate(asins):
            product = _product(asin, texts[row % N_TEXTS], paths[row % N_PATHS])
            file.write(f"{product | _more(asin, texts[row % N_TEXTS], asins) if full else product!r}\n")


def _batches(n_rows: int, rng: np.random.Generator) -> Iterator[pa.RecordBatch]:
    n_users, n_items = max(n_rows // EVENTS_PER_USER, 1), max(n_rows // EVENTS_PER_ITEM, 1)
    for start in range(0, n_rows, BATCH_ROWS):
        n = min(BATCH_ROWS, n_rows - start)
        yield pa.RecordBatch.from_pydict(
            {
                USER: _ids(_power_law(rng, n, n_users), "A", 13),
                ITEM: _ids(_power_law(rng, n, n_items), "B", 9),
                TIMESTAMP: pa.array(
                    rng.integers(FIRST_DAY, LAST_DAY, size=n) * DAY_US, INTERACTIONS.field(TIMESTAMP).type
                ),
                VALUE: pa.array(rng.integers(1, 6, size=n).astype(np.float32)),
            }
        )


def _power_law(rng: np.random.Generator, n: int, n_codes: int) -> Int64[np.ndarray, " n"]:
    """Draw codes whose frequency falls with the square root of their rank."""
    return (rng.random(n) ** 2 * n_codes).astype(np.int64)


def _ids(codes: Int64[np.ndarray, " n"], letter: str, n_digits: int) -> pa.Array:
    """Return ids of one letter and `n_digits` base-36 digits, whose order is independent of the order of the codes."""
    # A factor that is odd and not a multiple of 3 has an inverse modulo a power of 36, so no two codes share an id.
    left = codes.astype(np.uint64) * np.uint64(2_654_435_761) % np.uint64(36 ** min(n_digits, 9))
    characters = np.full((len(codes), n_digits + 1), ord("0"), np.uint8)
    characters[:, 0] = ord(letter)
    for place in range(1, min(n_digits, 9) + 1):
        left, digit = np.divmod(left, np.uint64(36))
        characters[:, place] = ALPHABET[digit]
    offsets = np.arange(len(codes) + 1, dtype=np.int32) * characters.shape[1]
    return pa.StringArray.from_buffers(len(codes), pa.py_buffer(offsets), pa.py_buffer(characters))


def _review(user: str, item: str, time: datetime, rating: float, text: str) -> dict[str, object]:
    return {
        "reviewerID": user,
        "asin": item,
        "reviewerName": "A. Reader",
        "helpful": [0, 1],
        "reviewText": text,
        "overall": rating,
        "summary": text[:24],
        "unixReviewTime": int(time.timestamp()),
        "reviewTime": time.astimezone(UTC).strftime("%m %d, %Y"),
    }


def _product(asin: str, text: str, path: list[str]) -> dict[str, object]:
    # One title in ten has an apostrophe, as in Beauty.
    title = f"{text[:50]}, it's {asin}" if asin.endswith(("0", "1", "2")) else f"{text[:50]}, {asin} (Pack of 2)"
    return {"asin": asin, "title": title, "categories": [path]}


def _more(asin: str, text: str, asins: list[str]) -> dict[str, object]:
    return {
        "related": {"also_bought": asins[:20], "also_viewed": asins[20:40]},
        "price": 9.99,
        "salesRank": {"Beauty": 12_345},
        "imUrl": f"http://ecx.images-amazon.com/images/I/{asin}.jpg",
        "brand": text[50:60],
        "description": text,
    }

"""Vectors in a notebook, with and without texts to make them of."""

from pathlib import Path

import polars as pl
import pytest

import seqrec
from seqrec.errors import DataError
from tests.seqrec.library.shop import COLUMNS, N_ITEMS, PROTOCOL, orders


def test_an_encoder_that_reads_texts_needs_one() -> None:
    split = seqrec.prepare(seqrec.read(orders(), **COLUMNS), PROTOCOL)
    with pytest.raises(DataError, match="item texts: got no item of the dataset with a text") as caught:
        seqrec.embed(
            {"name": "lsa", "dim": 4}, split, text={"template": "{title} {description}", "fallback": "{brand}"}
        )
    assert caught.value.expected == "items with a value in one of the fields title, description, brand"


def test_vectors_of_a_file_need_no_texts(tmp_path: Path) -> None:
    split = seqrec.prepare(seqrec.read(orders(), **COLUMNS), PROTOCOL)
    ids = [str(500 + item) for item in range(N_ITEMS)]
    pl.DataFrame({"item_id": ids, "vector": [[float(item), 1.0] for item in range(N_ITEMS)]}).write_parquet(
        tmp_path / "vectors.parquet"
    )
    vectors = seqrec.embed({"name": "precomputed", "path": "vectors.parquet"}, split, data=tmp_path)
    assert vectors.values.shape == (N_ITEMS, 2)

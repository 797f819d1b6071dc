"""The scripts run on dumps of a few thousand lines, and all ways agree."""

import polars as pl
import pytest

from benchmarks import dumps, ingest, prepare
from benchmarks.measure import markdown, measure
from seqrec.schema import INTERACTIONS


def test_generated_interactions_are_canonical_and_few_items_have_most_of_them(tmp_path):
    path = tmp_path / "interactions.parquet"
    dumps.write_interactions(path, 5_000)
    frame = pl.read_parquet(path)
    assert frame.columns == INTERACTIONS.names
    assert frame.height == 5_000
    assert frame["item_id"].n_unique() <= 5_000 // dumps.EVENTS_PER_ITEM
    counts = frame["item_id"].value_counts(sort=True)["count"]
    assert counts.head(len(counts) // 10).sum() > 2 * 5_000 / 10


def test_every_generated_id_has_one_code():
    codes = pl.int_range(200_000, eager=True).to_numpy()
    assert len(dumps._ids(codes, "A", 13).unique()) == len(codes)


@pytest.mark.parametrize("way", [prepare.filter_only, prepare.pandas_filter, prepare.polars_filter])
def test_every_filter_leaves_the_same(tmp_path, way):
    path = tmp_path / "interactions.parquet"
    dumps.write_interactions(path, 3_000)
    assert 0 < way(path) == prepare.split(path) < 3_000


def test_every_reader_of_reviews_reads_every_line(tmp_path):
    dumps.write_reviews(tmp_path / ingest.REVIEWS, 500, 5)
    assert ingest.ingest_reviews(tmp_path) == ingest.sink_reviews(tmp_path) == 500
    ours, peer = (pl.read_parquet(tmp_path / name) for name in ("dump/interactions.parquet", "peer.parquet"))
    assert ours["user_id"].equals(peer["reviewerID"].alias("user_id"))


@pytest.mark.parametrize("full", [True, False])
def test_every_reader_of_products_reads_every_line(tmp_path, full):
    dumps.write_products(tmp_path / ingest.PRODUCTS, 300, full=full)
    assert ingest.ingest_products(tmp_path) == ingest.evaluate_products(tmp_path) == 300


def test_a_measurement_has_a_process_of_its_own():
    measured = measure(sum, [1, 2])
    assert measured.result == 3
    assert 0 <= measured.wall_s < 10
    assert 1e6 < measured.peak_bytes < 1e10


def test_tables_are_markdown():
    assert markdown(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"

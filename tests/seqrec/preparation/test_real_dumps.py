"""The published sizes, from the real dumps if the machine has them."""

import gzip

import polars as pl
import pytest

from seqrec.preparation.prepare import prepare
from tests.seqrec.preparation.tables import protocol
from tests.shared_data import shared_data

FIVE_CORE = {"users": 5, "items": 5}


def reviews(category: str) -> pl.DataFrame:
    path = shared_data("amazon_2014", f"reviews_{category}_5.json.gz")
    schema = {"reviewerID": pl.String, "asin": pl.String, "unixReviewTime": pl.Int64}
    return (
        pl.read_ndjson(gzip.decompress(path.read_bytes()), schema=schema)
        .select(
            user_id="reviewerID",
            item_id="asin",
            timestamp=pl.from_epoch("unixReviewTime", time_unit="s").dt.replace_time_zone("UTC"),
        )
        .with_columns(position=pl.int_range(pl.len()), part=pl.lit(None, pl.String))
    )


@pytest.mark.parametrize("ties", ["random", "file"])
def test_beauty_under_the_temporal_protocol_of_harte(ties):
    summary = prepare(reviews("Beauty"), protocol(core=FIVE_CORE, ties=ties)).summary
    assert (summary.n_users, summary.n_items, summary.n_interactions) == (22_363, 12_101, 198_502)
    assert summary.raw.n_interactions == summary.n_interactions
    assert (summary.n_train_sessions, summary.n_valid_cases, summary.n_test_cases) == (17_890, 500, 4_469)
    assert summary.train_lengths.mean == pytest.approx(8.057, abs=0.01)
    assert (summary.train_lengths.max, summary.prompt_lengths.max) == (99, 202)
    assert summary.tied_events == pytest.approx(0.4394, abs=5e-4)


def test_sports_leave_one_out():
    summary = prepare(reviews("Sports_and_Outdoors"), protocol(core=FIVE_CORE, split={"name": "leave_one_out"})).summary
    assert (summary.n_users, summary.n_items, summary.n_interactions) == (35_598, 18_357, 296_337)
    assert summary.n_test_cases == 35_598
    assert summary.tied_events == pytest.approx(0.4764, abs=5e-4)
    assert summary.repeats == 0.0

"""The leaks and ties of the published dumps, from the real files if the machine has them."""

import gzip

import polars as pl
import pytest

from seqrec.audit import id_order, repeats, ties
from seqrec.audit.dump_events import dump_events
from seqrec.audit.finding import Finding
from seqrec.audit.floors import floor_places
from seqrec.audit.id_order import rule_scores
from seqrec.preparation.prepare import prepare
from seqrec.types import Split
from tests.seqrec.preparation.tables import protocol
from tests.seqrec.preparation.test_real_dumps import reviews
from tests.shared_data import shared_data

ASKED = protocol(core={"users": 5, "items": 5}, split={"name": "leave_one_out"}, ties="file")
DUMPS = ("Beauty", "Sports_and_Outdoors", "yelp")


def yelp() -> pl.DataFrame:
    path = shared_data("yelp", "yelp_academic_dataset_review.json.gz")
    schema = {"user_id": pl.String, "business_id": pl.String, "date": pl.String}
    frame = pl.read_ndjson(gzip.decompress(path.read_bytes()), schema=schema)
    time = pl.col("date").str.to_datetime(time_unit="us").dt.replace_time_zone("UTC")
    columns = frame.select("user_id", item_id="business_id", timestamp=time)
    return columns.with_columns(position=pl.int_range(pl.len()), part=pl.lit(None, pl.String))


def item_order(dump: str) -> list[str]:
    """Return the items in the order of the metadata, which is the papers' numbering in these copies of the dumps."""
    name = {"Sports_and_Outdoors": "sports"}.get(dump, dump.lower())
    return pl.read_parquet(shared_data("embeddings", "all-MiniLM-L6-v2", f"{name}.parquet"))["item_id"].to_list()


@pytest.fixture(scope="module", params=DUMPS)
def dump(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def interactions(dump) -> pl.DataFrame:
    return yelp() if dump == "yelp" else reviews(dump)


@pytest.fixture(scope="module")
def split(interactions) -> Split:
    return prepare(interactions, ASKED).split


# HR@10 and NDCG@10 of largest + 1 to 10, and of last + 1 to 10.
PAPERS = {
    "Beauty": (0.046282, 0.045019, 0.030810, 0.027820),
    "Sports_and_Outdoors": (0.043345, 0.042310, 0.024411, 0.022450),
    "yelp": (0.033288, 0.032571, 0.018961, 0.016795),
}
NEXT = {"Beauty": (986, 566), "Sports_and_Outdoors": (1474, 743), "yelp": (973, 460)}

# The order of the reviews of an Amazon item, and of all reviews of Yelp, is not the original order in these
# copies, so users occur in a slightly different order.
BY_FILE = {
    "Beauty": (0.0461, 0.0450, 0.0306, 0.0277),
    "Sports_and_Outdoors": (0.0432, 0.0422, 0.0242, 0.0223),
    "yelp": (0.0346, 0.0342, 0.0191, 0.0174),
}


def four(figures) -> tuple[float, ...]:
    return tuple(figures[f"{rule}_{metric}_at_10"] for rule in ("max", "last") for metric in ("hr", "ndcg"))


def test_the_papers_numbers_leak_as_measured_and_ours_do_not(dump, interactions, split):
    places = {item: place for place, item in enumerate(item_order(dump))}
    papers = pl.Series([places[item] for item in split.training.vocabulary.item_ids]).to_numpy()
    scores = rule_scores(split.test, papers)
    assert tuple(round(scores[rule].next_share * len(split.test)) for rule in ("max", "last")) == NEXT[dump]
    events = dump_events(interactions, split.training.vocabulary)
    (ours,) = id_order.check(split, events)
    by_file, listed = id_order.check_unused(split, events, {"papers": papers})
    assert (ours.verdict, by_file.verdict, listed.verdict) == ("ok", "note", "note")
    assert max(four(ours.figures)) < 0.001
    assert four(by_file.figures) == pytest.approx(BY_FILE[dump], abs=5e-5)
    assert four(listed.figures) == pytest.approx(PAPERS[dump], abs=1e-6)


def test_the_leak_lives_among_the_first_users(interactions, split):
    (by_file,) = id_order.check_unused(split, dump_events(interactions, split.training.vocabulary), {})
    first, second, *rest = (by_file.figures[f"max_hr_at_10_users_{decile}"] for decile in range(1, 11))
    assert first > 0.27
    assert second < 0.08
    assert max(rest) < 0.03


TIED = {"Beauty": (0.4346, 77_402), "Sports_and_Outdoors": (0.4508, 124_223), "yelp": (0.0, 0)}
FLOORS = {"Beauty": (0.0668, 0.0439), "Sports_and_Outdoors": (0.0369, 0.0234), "yelp": (0.0203, 0.0111)}


def test_ties_and_what_they_give_to_a_model_that_counts(dump, interactions, split):
    floors = floor_places(split)
    tied, n_pairs = TIED[dump]
    # The floors take long, so one dump shows what shuffled ties cost them.
    asked = ASKED.model_copy(update={"ties": "random"})
    shuffled = floor_places(prepare(interactions, asked).split) if dump == "Beauty" else floors
    by_rule = {"file": floors, "random": shuffled}
    found = list(ties.check(split, dump_events(interactions, split.training.vocabulary), "file", by_rule))
    assert found[0].figures["tied_targets"] == pytest.approx(tied, abs=5e-5)
    assert found[1].figures["tied_pairs_in_dump"] == n_pairs
    if not n_pairs:
        assert [one.verdict for one in found] == ["ok", "ok"]
        return
    assert found[1].figures["ascending_by_id_in_dump"] == 1.0
    assert markov(found[2], "file") == pytest.approx(FLOORS[dump], abs=5e-5)
    if dump == "Beauty":
        assert markov(found[2], "random")[1] < 0.8 * markov(found[2], "file")[1]


def markov(finding: Finding, rule: str) -> tuple[float, float]:
    return tuple(finding.figures[f"markov_{metric}_at_10_{rule}"] for metric in ("hr", "ndcg"))


def test_repeats(dump, split, interactions):
    (found,) = repeats.check(split, dump_events(interactions, split.training.vocabulary))
    if dump == "yelp":
        assert found.figures["targets_in_prompt"] == pytest.approx(0.06661, abs=5e-6)
        assert found.figures["targets_equal_to_last_event"] == pytest.approx(0.02208, abs=5e-6)
        assert found.figures["highest_hit_rate"] == pytest.approx(0.9310, abs=5e-5)
    else:
        assert found.figures["targets_in_prompt"] == 0.0

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seqrec.datasets.demo import Config
from seqrec.datasets.demo_catalogue import N_KINDS, following_kinds
from seqrec.datasets.errors import RejectLog
from tests.seqrec.datasets.files import interactions_of, items_of

NOWHERE = Path("no-folder-needed")


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    return interactions_of(Config(), NOWHERE)


@pytest.fixture(scope="module")
def items() -> pl.DataFrame:
    return items_of(Config(), NOWHERE)


def test_needs_no_files() -> None:
    assert Config().files(NOWHERE) == ()


def test_sizes(events: pl.DataFrame, items: pl.DataFrame) -> None:
    lengths = events["user_id"].value_counts()["count"]
    assert len(lengths) == 3000
    assert 8 < lengths.mean() < 10
    assert lengths.min() >= 3
    assert events["item_id"].n_unique() > 590
    assert items.height == items["item_id"].n_unique() == 600
    assert set(events["item_id"]) <= set(items["item_id"])


def test_same_seed_same_data_and_another_seed_another(events: pl.DataFrame) -> None:
    assert interactions_of(Config(), NOWHERE).equals(events)
    assert not interactions_of(Config(seed=1), NOWHERE).equals(events)


def test_in_order_of_time_over_more_than_a_year_with_some_ties(events: pl.DataFrame) -> None:
    assert events["timestamp"].is_sorted()
    days = (events["timestamp"].max() - events["timestamp"].min()).days
    assert 300 < days < 600
    gaps = events.select(pl.col("timestamp").diff().over("user_id")).to_series().drop_nulls()
    assert 0.02 < (gaps.dt.total_microseconds() == 0).mean() < 0.1


def test_nobody_buys_twice(events: pl.DataFrame) -> None:
    assert not events.select("user_id", "item_id").is_duplicated().any()


def test_titles_look_real_and_some_are_missing(items: pl.DataFrame) -> None:
    assert items["title"].str.contains("Cat & Dog <3", literal=True).any()
    assert items["title"].str.contains("Trail Running Shoe, ").any()
    for column, least, most in (("title", 0.01, 0.06), ("brand", 0.02, 0.1), ("categories", 0.02, 0.08)):
        assert least < items[column].is_null().mean() < most


def test_order_popularity_and_text_each_carry_signal(events: pl.DataFrame, items: pl.DataFrame) -> None:
    rows = {item: row for row, item in enumerate(items["item_id"])}
    histories = events.group_by("user_id", maintain_order=True).agg("item_id")["item_id"].to_list()
    histories = [[rows[item] for item in history] for history in histories]
    train, test = histories[:2400], histories[2400:]
    n_items = len(rows)
    followed = np.zeros((n_items, n_items))
    for history in train:
        np.add.at(followed, (history[:-1], history[1:]), 1)
    counts = np.bincount([item for history in train for item in history], minlength=n_items)
    words = [set((title or "").lower().replace(",", "").split()) for title in items["title"]]
    alike = np.array([[len(a & b) / max(len(a | b), 1) for b in words] for a in words])

    def hit_rate(scores: np.ndarray) -> float:
        """Return the HR@20 of the last item, from the scores of the item before it; popularity breaks ties."""
        total = scores + counts / counts.sum() * 1e-3
        hits = [(total[h[-2]] > total[h[-2], h[-1]]).sum() < 20 for h in test]
        return float(np.mean(hits))

    chance = 20 / n_items
    popular, markov, text = hit_rate(np.zeros_like(alike)), hit_rate(followed), hit_rate(alike)
    assert popular > 2 * chance
    assert text > 1.5 * popular
    assert markov > 2.5 * popular


def test_following_kinds_go_round_each_department() -> None:
    follows = following_kinds()
    assert sorted(follows) == list(range(N_KINDS))
    assert follows[:6].tolist() == [1, 2, 3, 4, 0, 6]


def test_small_shops_and_labels() -> None:
    config = Config(n_users=20, n_items=60, seed=3)
    assert interactions_of(config, NOWHERE, RejectLog())["user_id"].n_unique() == 20
    assert config.label == "demo-20x60-3"
    assert Config().label == "demo"

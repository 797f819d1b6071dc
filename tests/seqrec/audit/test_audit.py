"""All checks together: they find nothing wrong in the output of `prepare`, under any protocol."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.preparation.prepare import prepare
from tests.seqrec.audit.shops import audited, in_2020
from tests.seqrec.preparation.tables import protocol, table
from tests.synthetic import with_training

CHECKS = {
    *("time", "ties", "id order", "code order", "origin", "overlap", "validation", "clones", "repeats", "last step"),
    *("texts", "fit scope", "recency", "power"),
}


def shop(seed: int, n_users: int = 60, n_items: int = 25, n_days: int = 8) -> pl.DataFrame:
    """Draw histories with ties and repeats, and a part for each row by its user's order in time."""
    rng = np.random.default_rng(seed)
    rows = []
    for user, length in enumerate(rng.integers(4, 9, size=n_users)):
        days, items = np.sort(rng.integers(n_days, size=length)), rng.integers(n_items, size=length)
        rows += [(f"u{user}", str(item), int(day)) for day, item in zip(days, items, strict=True)]
    frame = in_2020(table(rows))
    ends = pl.col("position").rank("ordinal", descending=True).over("user_id")
    part = pl.when(ends == 1).then(pl.lit("test")).when(ends == 2).then(pl.lit("valid")).otherwise(pl.lit("train"))
    return frame.with_columns(part=part)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    split=st.sampled_from(
        [
            {"name": "temporal"},
            {"name": "temporal", "fold": 3},
            {"name": "leave_one_out"},
            {"name": "given"},
            {"name": "given", "targets": "every"},
        ]
    ),
    asked=st.fixed_dictionaries(
        {
            "ties": st.sampled_from(["random", "file"]),
            "seen": st.sampled_from(["exclude", "keep"]),
            "counts": st.sampled_from(["train", "all"]),
            "refit": st.booleans(),
            "candidates": st.sampled_from(
                [
                    {"name": "full"},
                    {"name": "full", "catalogue": "all"},
                    {"name": "sampled", "n": 5},
                    {"name": "sampled", "n": 5, "exclude": "prompt"},
                ]
            ),
        },
        optional={
            "max_history": st.sampled_from([2, 4]),
            "shuffle": st.sampled_from([{"part": "both"}, {"part": "train", "keep_last": True}]),
            "users": st.just(50),
        },
    ),
)
def test_whatever_is_prepared_raises_no_alarm(seed, split, asked):
    found = audited(shop(seed), protocol(split=split, **asked))
    assert [one for one in found.findings if one.verdict in ("warning", "wrong")] == []
    sampled = {"shown candidates"} if asked["candidates"]["name"] == "sampled" else set()
    assert {one.check for one in found.findings} == CHECKS | sampled
    json.dumps(found.to_json(), allow_nan=False)


def test_the_same_data_give_the_same_findings():
    asked = protocol(split={"name": "leave_one_out"})
    assert audited(shop(0), asked) == audited(shop(0), asked)


def test_the_rows_of_the_item_table_and_integer_ids_are_judged():
    sentences = [one.sentence for one in audited(shop(0), protocol(split={"name": "leave_one_out"})).of("id order")]
    assert len(sentences) == 4
    assert "row numbers of the item table" in sentences[2]
    assert "the dump's own item ids" in sentences[3]


def test_the_papers_numbers_are_judged_on_the_papers_order_of_ties():
    # Our own codes are checked on the data that models receive.
    file, random = (
        audited(shop(0), protocol(split={"name": "leave_one_out"}, ties=rule)).of("id order")
        for rule in ("file", "random")
    )
    assert file[1:] == random[1:]
    assert file[0] != random[0]


def test_the_floors_differ_between_tie_rules_whichever_is_asked_for():
    figures = {
        rule: audited(shop(0), protocol(split={"name": "leave_one_out"}, ties=rule)).of("ties")[-1].figures
        for rule in ("file", "random")
    }
    assert figures["file"] == figures["random"]
    assert any(figures["file"][f"markov_hr_at_10_{rule}"] > 0 for rule in ("file", "random"))


def test_a_planted_leak_stops_the_audit():
    interactions, asked = shop(0), protocol(split={"name": "temporal"})
    split = prepare(interactions, asked).split
    late = split.training.train.times.copy()
    late[-1] += 10**15
    found = audited(interactions, asked, with_training(split, train=replace(split.training.train, times=late)))
    with pytest.raises(Exception, match="audit: time") as caught:
        found.stop_if_wrong()
    assert "end after the first test session" in caught.value.got

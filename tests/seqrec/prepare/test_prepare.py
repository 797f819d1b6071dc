import json
from dataclasses import fields

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.errors import DataError
from seqrec.prepare.prepare import prepare
from tests.seqrec.prepare.tables import DAY, asked, listed, protocol, table


def shop(n_users: int = 40, n_items: int = 15, seed: int = 0) -> pl.DataFrame:
    """Users with 2 to 8 events on few days, so that there are ties and repeats."""
    rng = np.random.default_rng(seed)
    return table(
        (f"u{user}", f"i{rng.integers(n_items)}", int(rng.integers(user, user + 4)))
        for user in range(n_users)
        for _ in range(rng.integers(2, 9))
    )


def facts(prepared):
    split = prepared.split
    return {
        "items": split.vocabulary.item_ids.tolist(),
        "fit": listed(split.fit),
        "train": listed(split.train),
        "valid": asked(split.valid),
        "test": asked(split.test),
        "sampled": None if split.sampled is None else split.sampled.tolist(),
        "summary": prepared.summary.to_json(),
    }


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.sampled_from(["temporal", "leave_one_out"]))
def test_the_order_of_rows_changes_nothing(random, split):
    frame = shop()
    order = random.sample(range(len(frame)), len(frame))
    moved = frame[order].with_columns(position=pl.Series(range(len(frame)), dtype=pl.Int64))
    rules = protocol(split={"name": split}, candidates={"name": "sampled", "n": 5}, core={"users": 3, "items": 3})
    assert facts(prepare(frame, rules)) == facts(prepare(moved.lazy(), rules))


def test_a_split_by_hand():
    # Five users, the last ends last. Item z appears in the test only; x is met twice by user e.
    frame = table(
        [
            ("a", "x", 1),
            ("a", "y", 2),
            ("b", "y", 3),
            ("b", "x", 4),
            ("c", "x", 5),
            ("c", "w", 6),
            ("d", "w", 7),
            ("d", "y", 8),
            ("e", "x", 2),
            ("e", "z", 8),
            ("e", "w", 9),
            ("e", "x", 9),
            ("e", "x", 9),
        ]
    )
    prepared = prepare(frame, protocol(counts="all", seen="keep"))
    split, summary = prepared.split, prepared.summary
    code = {item: place for place, item in enumerate(split.vocabulary.item_ids)}
    assert {item: bool(split.candidates[place]) for item, place in code.items()} == {
        "x": True, "y": True, "w": True, "z": False,
    }  # fmt: skip
    assert {item: int(split.counts[place]) for item, place in code.items()} == {
        "x": 6,
        "y": 3,
        "w": 3,
        "z": 1,
    }
    assert not split.exclude_seen
    assert split.test.prompts.n_events == 3
    assert code["z"] not in split.test.prompts.items
    assert split.test.target_times.tolist() == [9 * DAY]

    assert (summary.n_users, summary.n_items, summary.n_interactions) == (5, 4, 13)
    assert summary.density == pytest.approx(13 / 20)
    assert (
        summary.n_train_sessions,
        summary.n_fit_sessions,
        summary.n_valid_cases,
        summary.n_test_cases,
    ) == (4, 3, 1, 1)
    assert summary.n_candidates == 3
    assert summary.dropped == {"test_events_untrained_item": 1, "test_sessions_too_short": 0}
    assert summary.tied_events == pytest.approx(2 / 8)
    assert summary.tied_test_targets == 1.0
    assert summary.repeats == pytest.approx(2 / 13)
    assert summary.test_targets_before_train_end == 0.0
    assert (summary.first_time, summary.last_time) == (
        "1970-01-02T00:00:00+00:00",
        "1970-01-10T00:00:00+00:00",
    )
    assert (summary.train_end, summary.test_start) == (
        "1970-01-09T00:00:00+00:00",
        "1970-01-10T00:00:00+00:00",
    )
    assert (summary.train_lengths.mean, summary.prompt_lengths.max) == (2.0, 3)


def test_counts_come_from_training_by_default_and_candidates_may_be_all():
    frame = shop()
    train, everything = (prepare(frame, protocol(counts=counts)).split for counts in ("train", "all"))
    assert train.counts.sum() == train.train.n_events
    assert everything.counts.sum() == len(frame)
    untrained = table(
        [
            *((f"u{u}", "ab"[i], u) for u in range(8) for i in range(2)),
            ("v", "a", 99),
            ("v", "c", 99),
            ("v", "b", 99),
        ]
    )
    assert prepare(untrained, protocol()).split.candidates.sum() == 2
    assert prepare(untrained, protocol(candidates={"name": "full", "catalogue": "all"})).split.candidates.all()


def test_a_fold_leaves_the_test_sessions_alone():
    frame = shop(60)
    folded = prepare(frame, protocol(split={"name": "temporal", "fold": 2}, counts="all")).split
    whole = prepare(frame, protocol()).split
    assert not set(folded.test.prompts.users) & set(whole.test.prompts.users)
    assert set(folded.train.users) < set(whole.train.users)
    assert folded.counts.sum() < len(frame)


def test_frozen_negatives_exclude_all_that_the_user_ever_met():
    # Under leave one out the training of a user lacks the validation item, but the user has met it.
    frame = shop(40, 30)
    split = prepare(frame, protocol(split={"name": "leave_one_out"}, candidates={"name": "sampled", "n": 8})).split
    assert split.sampled is not None
    for row, user in enumerate(split.test.prompts.users):
        met = frame.filter(pl.col("user_id") == split.vocabulary.user_ids[user])["item_id"].to_list()
        negatives = split.vocabulary.item_ids[split.sampled[row]]
        assert not set(negatives) & set(met)
    assert split.candidates[split.sampled].all()


def test_refit_reaches_split_and_training():
    frame = shop()
    refit, plain = (
        prepare(frame, protocol(split={"name": "leave_one_out"}, refit=refit)).split for refit in (True, False)
    )
    assert (refit.refit, plain.refit) == (True, False)
    assert refit.train.n_events - plain.train.n_events == len(plain.valid)


def test_the_summary_is_plain_json_with_every_field():
    summary = prepare(shop(), protocol()).summary
    restored = json.loads(json.dumps(summary.to_json(), allow_nan=False))
    assert set(restored) == {field.name for field in fields(summary)}
    assert restored == summary.to_json()


def test_the_core_filter_is_counted():
    rows = [(f"u{u}", item, u) for u in range(10) for item in "abc"] + [("x", "a", 0), ("y", "q", 0)]
    summary = prepare(table(rows), protocol(core={"users": 2, "items": 2})).summary
    assert (summary.raw.n_users, summary.raw.n_items, summary.raw.n_interactions) == (12, 4, 32)
    assert (summary.n_users, summary.n_items, summary.n_interactions) == (10, 3, 30)
    assert summary.core_passes == 2


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([("a", "x", 1), ("a", "y", 2)], "training"),
        ([(f"u{u}", "x", u) for u in range(10)], "validation"),
        ([(f"u{u}", item, u) for u in range(8) for item in ("xy" if u < 6 else "zw")], "test"),
    ],
)
def test_a_part_that_is_empty_stops(rows, part):
    with pytest.raises(DataError) as caught:
        prepare(table(rows), protocol())
    assert caught.value.subject == "protocol.split"
    assert f"no {part} sequences" in caught.value.got
    assert "larger dump" in caught.value.remedy


def test_no_interactions_at_all():
    with pytest.raises(DataError, match="none of 0 interactions"):
        prepare(table([]), protocol())

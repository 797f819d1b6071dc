import json
from dataclasses import fields

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.errors import DataError
from seqrec.preparation.prepare import prepare
from tests.seqrec.preparation.tables import DAY, listed, prompts_and_targets, protocol, table


def shop(n_users: int = 40, n_items: int = 15, seed: int = 0) -> pl.DataFrame:
    """Draw users with 2 to 8 events on few days, so that ties and repeats occur."""
    rng = np.random.default_rng(seed)
    return table(
        (f"u{user}", f"i{rng.integers(n_items)}", int(rng.integers(user, user + 4)))
        for user in range(n_users)
        for _ in range(rng.integers(2, 9))
    )


def facts(prepared):
    split = prepared.split
    return {
        "items": split.training.vocabulary.item_ids.tolist(),
        "fit": listed(split.training.fit),
        "train": listed(split.training.train),
        "valid": prompts_and_targets(split.training.valid),
        "test": prompts_and_targets(split.test),
        "shown": None if split.test.shown is None else split.test.shown.tolist(),
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
    # Five users; the last one ends last. Item z occurs only in the test; user e takes x twice.
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
    code = {item: place for place, item in enumerate(split.training.vocabulary.item_ids)}
    assert {item: bool(split.training.rules.candidates[place]) for item, place in code.items()} == {
        "x": True, "y": True, "w": True, "z": False,
    }  # fmt: skip
    assert {item: int(split.popularity[place]) for item, place in code.items()} == {
        "x": 6,
        "y": 3,
        "w": 3,
        "z": 1,
    }
    assert not split.training.rules.exclude_seen
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
    assert train.popularity.sum() == train.training.train.n_events
    assert everything.popularity.sum() == len(frame)
    untrained = table(
        [
            *((f"u{u}", "ab"[i], u) for u in range(8) for i in range(2)),
            ("v", "a", 99),
            ("v", "c", 99),
            ("v", "b", 99),
        ]
    )
    assert prepare(untrained, protocol()).split.training.rules.candidates.sum() == 2
    assert prepare(
        untrained, protocol(candidates={"name": "full", "catalogue": "all"})
    ).split.training.rules.candidates.all()


def test_a_fold_leaves_the_test_sessions_alone():
    frame = shop(60)
    folded = prepare(frame, protocol(split={"name": "temporal", "fold": 2}, counts="all")).split
    whole = prepare(frame, protocol()).split
    assert not set(folded.test.prompts.users) & set(whole.test.prompts.users)
    assert set(folded.training.train.users) < set(whole.training.train.users)
    assert folded.popularity.sum() < len(frame)


def test_frozen_negatives_exclude_all_that_the_user_ever_interacts_with():
    # Under leave-one-out, training lacks the validation item of a user, but the user has seen it.
    frame = shop(40, 30)
    split = prepare(frame, protocol(split={"name": "leave_one_out"}, candidates={"name": "sampled", "n": 8})).split
    assert split.test.shown is not None
    assert split.test.shown.shape == (len(split.test), 9)
    item_ids, candidates = split.training.vocabulary.item_ids, split.training.rules.candidates
    for row, user in enumerate(split.test.prompts.users):
        met = frame.filter(pl.col("user_id") == split.training.vocabulary.user_ids[user])["item_id"].to_list()
        shown = [item for item in split.test.shown[row].tolist() if item >= 0]
        target = int(split.test.targets[row])
        assert (target in shown) == (candidates[target] and target not in split.test.prompts.sequence(row))
        assert len(set(shown)) == len(shown)
        assert candidates[shown].all()
        assert not {item_ids[item] for item in shown if item != target} & set(met)


def test_the_place_of_the_target_reveals_nothing():
    split = prepare(shop(200, 40), protocol(candidates={"name": "sampled", "n": 4})).split
    for cases in (split.test, split.training.valid):
        places = np.flatnonzero((cases.shown == cases.targets[:, None]).ravel()) % 5
        # Five standard deviations of a fair draw.
        bound = 5 * np.sqrt(len(places) * 0.2 * 0.8)
        assert (np.abs(np.bincount(places, minlength=5) - len(places) / 5) < bound).all()
        assert len(places) > 0


def test_validation_shows_nothing_that_is_known_only_later():
    # Under leave-one-out, the test target may be a negative in validation, since it is still unknown then.
    split = prepare(
        shop(60, 12), protocol(split={"name": "leave_one_out"}, candidates={"name": "sampled", "n": 3})
    ).split
    valid, later = split.training.valid, dict(zip(split.test.prompts.users, split.test.targets, strict=True))
    assert valid.shown is not None
    negatives = np.where(valid.shown == valid.targets[:, None], -1, valid.shown)
    assert any(later[user] in row for user, row in zip(valid.prompts.users, negatives.tolist(), strict=True))
    for row in range(len(valid)):
        assert not set(negatives[row].tolist()) & set(valid.prompts.sequence(row).tolist())


def test_a_sample_of_cases_is_drawn_from_test_and_validation():
    frame = shop(60)
    limited = protocol(split={"name": "leave_one_out"}, max_cases=7)
    whole, drawn = prepare(frame, protocol(split={"name": "leave_one_out"})), prepare(frame, limited)
    assert (len(drawn.split.test), len(drawn.split.training.valid)) == (7, 7)
    assert drawn.summary.n_cases_not_drawn == len(whole.split.test) - 7
    assert set(drawn.split.test.prompts.users) < set(whole.split.test.prompts.users)
    assert (np.diff(drawn.split.test.prompts.users) > 0).all(), "in their order"
    assert listed(drawn.split.training.train) == listed(whole.split.training.train)
    again = prepare(frame, limited).split.test.prompts.users
    assert again.tolist() == drawn.split.test.prompts.users.tolist()
    other = prepare(frame, protocol(split={"name": "leave_one_out"}, max_cases=7, seed=1)).split.test.prompts.users
    assert other.tolist() != again.tolist()


def test_the_looser_sample_leaves_out_the_prompt_alone():
    frame = shop(60, 12)
    loose = {"name": "sampled", "n": 3, "exclude": "prompt"}
    split = prepare(frame, protocol(candidates=loose, max_history=2)).split
    shown = split.test.shown
    assert shown is not None
    strict = prepare(frame, protocol(candidates=loose | {"exclude": "interacted"}, max_history=2)).split
    n_drawn_as_own = 0
    for row, target in enumerate(split.test.targets.tolist()):
        prompt = split.test.prompts.sequence(row).tolist()
        assert not set(prompt) & set(shown[row].tolist())
        # A target that was drawn as its own negative occurs once, and its case has one negative fewer.
        assert shown[row].tolist().count(target) == (target not in prompt)
        n_drawn_as_own += shown[row].tolist().count(-1) - (target in prompt)
        assert strict.test.shown[row].tolist().count(-1) == (target in prompt)
    assert n_drawn_as_own > 0


def test_drawn_users_come_before_the_core_filter():
    frame = shop()
    summary = prepare(frame, protocol(users=15, core={"users": 3, "items": 2})).summary
    assert (summary.raw.n_users, summary.raw.n_interactions) == (40, len(frame))
    assert summary.drawn.n_users == 15
    assert summary.n_users <= 15
    assert summary.n_interactions <= summary.drawn.n_interactions < len(frame)
    assert prepare(frame, protocol()).summary.drawn is None
    users = [
        set(prepare(frame, protocol(users=15, seed=seed)).split.training.vocabulary.user_ids) for seed in (0, 0, 1)
    ]
    assert users[0] == users[1] != users[2]


def test_histories_are_cut_and_the_summary_says_by_how_much():
    whole, cut = (prepare(shop(), protocol(counts="all", max_history=n)) for n in (None, 2))
    assert (
        cut.summary.n_cut_train_interactions
        == whole.split.training.train.n_events - cut.split.training.train.n_events
        > 0
    )
    assert whole.summary.n_cut_train_interactions == 0
    assert cut.summary.train_lengths.max == cut.summary.prompt_lengths.max == 2
    assert cut.split.test.targets.tolist() == whole.split.test.targets.tolist()
    assert (cut.split.training.rules.candidates == cut.split.training.trained).all()
    assert cut.split.popularity.tolist() == whole.split.popularity.tolist()


@pytest.mark.parametrize("part", ["train", "test", "both"])
def test_shuffled_histories_are_said_to_be(part):
    plain, moved = (prepare(shop(), protocol(shuffle=shuffle)) for shuffle in (None, {"part": part}))
    assert (plain.summary.shuffled, moved.summary.shuffled) == (None, part)
    assert (plain.split.shuffled, moved.split.shuffled) == (False, True)
    changed = {
        "train": moved.split.training.train.items.tolist() != plain.split.training.train.items.tolist(),
        "test": moved.split.test.prompts.items.tolist() != plain.split.test.prompts.items.tolist(),
    }
    assert changed == {side: part in {side, "both"} for side in changed}
    assert moved.split.popularity.tolist() == plain.split.popularity.tolist()
    assert prompts_and_targets(moved.split.training.valid) == prompts_and_targets(plain.split.training.valid)


def test_what_is_shuffled_is_what_is_left_of_a_history():
    cut = prepare(shop(), protocol(max_history=3)).split
    both = prepare(shop(), protocol(max_history=3, shuffle={"part": "both"})).split
    for user, items in listed(cut.training.train).items():
        assert sorted(items) == sorted(listed(both.training.train)[user])


@pytest.mark.parametrize("ties", ["random", "file"])
def test_a_dump_may_bring_its_split(ties):
    # Validation and test on the day of the last training event come after it under any tie rule.
    rows = [(f"u{user}", f"i{item}", min(item, 2)) for user in range(6) for item in range(5)]
    parts = ["train", "train", "train", "valid", "test"] * 6
    frame = table(rows).with_columns(part=pl.Series(parts))
    prepared = prepare(frame, protocol(split={"name": "given"}, ties=ties))
    ids = prepared.split.training.vocabulary.item_ids
    assert set(ids[prepared.split.test.targets]) == {"i4"}
    assert set(ids[prepared.split.training.valid.targets]) == {"i3"}
    assert prepared.summary.n_test_cases == 6
    assert set(prepared.summary.dropped.values()) == {0}


def test_a_dump_without_a_split_can_not_give_one():
    with pytest.raises(DataError, match="a dump that has no split"):
        prepare(shop(), protocol(split={"name": "given"}))


def test_refit_reaches_split_and_training():
    frame = shop()
    refit, plain = (
        prepare(frame, protocol(split={"name": "leave_one_out"}, refit=refit)).split for refit in (True, False)
    )
    assert (refit.training.refit, plain.training.refit) == (True, False)
    assert refit.training.train.n_events - plain.training.train.n_events == len(plain.training.valid)


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

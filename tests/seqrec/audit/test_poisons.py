"""Known leaks, planted in clean data: the check that is made for each finds it, and no other data raise an alarm."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from seqrec.audit.finding import Audit
from seqrec.errors import DataError
from seqrec.preparation.prepare import prepare
from seqrec.preparation.protocol import Protocol
from seqrec.types import Sequences, Split
from tests.seqrec.audit.shops import audited, clean_shop, dump_of, rows_of, verdicts
from tests.seqrec.preparation.tables import protocol
from tests.synthetic import with_rules, with_training

TEMPORAL = protocol(split={"name": "temporal"})
LEAVE_ONE_OUT = protocol(split={"name": "leave_one_out"})
PROTOCOLS = (
    TEMPORAL,
    LEAVE_ONE_OUT,
    protocol(split={"name": "leave_one_out"}, ties="file", seen="keep", refit=True),
    protocol(split={"name": "temporal"}, seen="keep", candidates={"name": "sampled", "n": 20}),
    protocol(split={"name": "leave_one_out"}, candidates={"name": "sampled", "n": 20, "exclude": "prompt"}),
    protocol(split={"name": "temporal"}, max_history=5, shuffle={"part": "both"}),
)
DAY = 86_400_000_000
SECOND = 1_000_000


@pytest.mark.parametrize("asked", PROTOCOLS)
def test_clean_data_raise_no_alarm(asked):
    for seed in range(10):
        assert verdicts(audited(clean_shop(seed), asked)) == {}, seed


def sentence(found: Audit, check: str) -> str:
    return next(one.sentence for one in found.of(check) if one.verdict in ("warning", "wrong"))


@pytest.mark.parametrize("asked", [TEMPORAL, LEAVE_ONE_OUT])
def test_validation_cases_that_are_the_test_cases(asked):
    shop = clean_shop(0)
    split = prepare(shop, asked).split
    found = audited(shop, asked, with_training(split, valid=split.test))
    assert verdicts(found)["validation"] == "wrong"
    assert f"{len(split.test):,} of {len(split.test):,} test cases" in sentence(found, "validation")
    with pytest.raises(DataError, match="audit: "):
        found.stop_if_wrong()


def test_a_validation_file_that_is_a_copy_of_the_test_file():
    shop = clean_shop(0, n_users=60)
    rows = rows_of(shop)
    last = {user: place for place, (user, _, _) in enumerate(rows)}
    parts = ["test" if last[user] == place else "train" for place, (user, _, _) in enumerate(rows)]
    copies = [row for row, part in zip(rows, parts, strict=True) if part == "test"]
    parts = pl.Series([*parts, *["valid"] * len(copies)])
    dump = dump_of([*rows, *copies]).with_columns(part=parts)
    found = audited(dump, protocol(split={"name": "given"}))
    assert verdicts(found)["validation"] == "wrong"
    assert "the dump contains the event twice" in sentence(found, "validation")


@pytest.mark.parametrize(
    "asked", [TEMPORAL, protocol(split={"name": "leave_one_out"}, candidates={"name": "full", "catalogue": "all"})]
)
def test_candidates_that_are_chosen_from_the_test(asked):
    shop = clean_shop(0)
    split = prepare(shop, asked).split
    chosen = np.zeros(split.n_items, bool)
    chosen[split.test.targets] = True
    found = audited(shop, asked, with_rules(split, candidates=chosen & split.training.trained))
    assert verdicts(found) == {"fit scope": "wrong"}
    assert "100.0 % of those that remain are test targets" in sentence(found, "fit scope")


@pytest.mark.parametrize("exclude", ["interacted", "prompt"])
@pytest.mark.parametrize("avoided", [False, True])
def test_negatives_that_are_drawn_from_the_targets_or_avoid_them(exclude, avoided):
    asked = protocol(split={"name": "temporal"}, candidates={"name": "sampled", "n": 10, "exclude": exclude})
    shop = clean_shop(0, n_users=400)
    split = prepare(shop, asked).split
    is_target = np.isin(np.arange(split.n_items), split.test.targets)
    pool = np.flatnonzero(split.training.trained & (is_target ^ avoided))
    shown = split.test.shown.copy()
    rng = np.random.default_rng(0)
    drawn = rng.choice(pool, size=shown.shape).astype(np.int32)
    shown = np.where((shown == split.test.targets[:, None]) | (shown < 0), shown, drawn)
    found = audited(shop, asked, replace(split, test=replace(split.test, shown=shown)))
    assert verdicts(found) == {"shown candidates": "wrong"}


def test_a_target_that_always_comes_first():
    asked = protocol(split={"name": "temporal"}, candidates={"name": "sampled", "n": 10})
    shop = clean_shop(0)
    split = prepare(shop, asked).split
    first = np.argsort(split.test.shown != split.test.targets[:, None], axis=1, kind="stable")
    shown = np.take_along_axis(split.test.shown, first, axis=1)
    found = audited(shop, asked, replace(split, test=replace(split.test, shown=shown)))
    assert verdicts(found) == {"shown candidates": "wrong"}
    assert "Targets are at place" in sentence(found, "shown candidates")


@pytest.mark.parametrize("asked", [LEAVE_ONE_OUT, TEMPORAL, PROTOCOLS[-1]])
def test_a_prompt_that_ends_with_its_own_target(asked):
    shop = clean_shop(1)
    split = prepare(shop, asked).split
    test, prompts = split.test, split.test.prompts
    longer = Sequences(
        prompts.offsets + np.arange(len(prompts.offsets)),
        np.insert(prompts.items, prompts.offsets[1:], test.targets),
        np.insert(prompts.times, prompts.offsets[1:], test.target_times),
        prompts.users,
    )
    found = audited(shop, asked, replace(split, test=replace(test, prompts=longer)))
    assert verdicts(found)["origin"] == "wrong"
    assert "the target may be part of its own prompt" in sentence(found, "origin")
    # A cut prompt may have lost an earlier event of the same item, whose place the added one takes.
    assert found.of("origin")[1].figures["cases_with_strange_events"] >= 0.9 * len(test)


Rows = list[tuple[str, str, int]]


def with_events_before_the_last(rows: Rows, called: str) -> Rows:
    """Add an event to six histories in ten, one second before the last one, with an item of almost the same name."""
    rng = np.random.default_rng(0)
    last = {
        user: place for place, (user, _, _) in enumerate(rows) if place + 1 == len(rows) or rows[place + 1][0] != user
    }
    added = [
        (user, called.format(rows[place][1].removesuffix("-twin")), rows[place][2] - SECOND)
        for user, place in last.items()
        if rng.random() < 0.6
    ]
    return [*rows, *added]


@pytest.mark.parametrize("asked", [TEMPORAL, LEAVE_ONE_OUT])
def test_a_twin_with_the_same_title_one_second_before_the_target(asked):
    # Three events in ten have a twin of the item anyway, and never side by side but by chance.
    rng = np.random.default_rng(1)
    shop = rows_of(clean_shop(2, n_users=400))
    ends = [user != after for (user, _, _), (after, _, _) in zip(shop, [*shop[1:], ("", "", 0)], strict=True)]
    rows = [
        (user, f"{item}-twin" if rng.random() < 0.3 and not end else item, time)
        for (user, item, time), end in zip(shop, ends, strict=True)
    ]
    assert verdicts(audited(dump_of(rows), asked)) == {}
    found = audited(dump_of(with_events_before_the_last(rows, "{}-twin")), asked)
    assert verdicts(found) == {"last step": "warning"}
    assert "under another id" in sentence(found, "last step")
    assert "as for 'u" in sentence(found, "last step")


@pytest.mark.parametrize("asked", [TEMPORAL, LEAVE_ONE_OUT])
def test_the_target_itself_one_second_before_the_target(asked):
    found = audited(dump_of(with_events_before_the_last(rows_of(clean_shop(2, n_users=400)), "{}")), asked)
    assert verdicts(found) == {"last step": "warning"}
    assert "are the item of the last event of their prompt" in sentence(found, "last step")


def cloned(share: float, shift: int, edit: float) -> Rows:
    """Return a shop in which a share of accounts has a copy, at other times and with some items replaced."""
    rows, rng = rows_of(clean_shop(3, n_users=300, n_items=600)), np.random.default_rng(0)
    copied = {user for user in sorted({user for user, _, _ in rows}) if rng.random() < share}
    copies = [
        (f"{user}-copy", f"i{rng.integers(600)}" if rng.random() < edit else item, time + shift)
        for user, item, time in rows
        if user in copied
    ]
    return [*rows, *copies]


@pytest.mark.parametrize("shift", [0, -100 * DAY, -SECOND])
@pytest.mark.parametrize("edit", [0.0, 0.1])
@pytest.mark.parametrize("asked", [TEMPORAL, LEAVE_ONE_OUT])
def test_cloned_accounts(shift, edit, asked):
    found = audited(dump_of(cloned(0.3, shift, edit)), asked)
    assert verdicts(found) == {"clones": "warning"}
    (one,) = found.of("clones")
    assert one.figures["share_of_accounts"] > 0.2
    assert "-copy'" in one.sentence
    if shift == -100 * DAY and asked is TEMPORAL:
        assert one.figures["share_of_test_cases"] > 0.1


def test_a_few_clones_are_a_note():
    found = audited(dump_of(cloned(0.02, -DAY, 0.0)), TEMPORAL)
    assert verdicts(found) == {}
    assert found.of("clones")[0].verdict == "note"


@pytest.mark.parametrize("asked", [TEMPORAL, LEAVE_ONE_OUT])
def test_codes_sorted_by_frequency_in_the_test(asked):
    shop = clean_shop(4)
    split = prepare(shop, asked).split
    code_of = np.empty(split.n_items, np.int32)
    counts = np.bincount(split.test.targets, minlength=split.n_items)
    code_of[np.argsort(-counts, kind="stable")] = np.arange(split.n_items)
    found = audited(shop, asked, renumbered(split, code_of))
    assert verdicts(found)["code order"] == "wrong"
    assert "with their frequency in the test" in sentence(found, "code order")


def renumbered(split: Split, code_of: np.ndarray) -> Split:
    """Return the same data under other codes of the items."""

    def sequences(old: Sequences) -> Sequences:
        return replace(old, items=code_of[old.items])

    def cases(old):
        return replace(old, prompts=sequences(old.prompts), targets=code_of[old.targets])

    back = np.argsort(code_of)
    training = replace(
        split.training,
        vocabulary=replace(split.training.vocabulary, item_ids=split.training.vocabulary.item_ids[back]),
        fit=sequences(split.training.fit),
        train=sequences(split.training.train),
        valid=cases(split.training.valid),
        rules=replace(split.training.rules, candidates=split.training.rules.candidates[back]),
    )
    return Split(training, cases(split.test), split.popularity[back])


def test_a_target_in_the_training_row_of_another_user():
    shop = clean_shop(5)
    split = prepare(shop, TEMPORAL).split
    train, test = split.training.train, split.test
    # One event of the first training user becomes the first test target, at its time.
    items, times = train.items.copy(), train.times.copy()
    items[0], times[0] = test.targets[0], train.times[0]
    assert verdicts(audited(shop, TEMPORAL, with_training(split, train=replace(train, items=items)))) == {
        "fit scope": "wrong",
        "origin": "wrong",
    }
    times[0] = test.target_times[0]
    found = audited(shop, TEMPORAL, with_training(split, train=replace(train, items=items, times=times)))
    assert found.of("origin")[0].figures == {"events_of_no_one_or_another": 1, "targets_of_other_users": 1}
    users = split.training.vocabulary.user_ids
    told = sentence(found, "origin")
    assert f"'{users[train.users[0]]}' is trained with the target of '{users[test.prompts.users[0]]}'" in told


def positions(asked: Protocol, *, running: bool) -> Audit:
    rows = rows_of(clean_shop(6))
    if running:
        rows.sort(key=lambda row: row[2])
    numbered, n_before = [], dict.fromkeys({user for user, _, _ in rows}, 0)
    for place, (user, item, _) in enumerate(rows):
        numbered.append((user, item, (place if running else n_before[user]) * SECOND))
        n_before[user] += 1
    return audited(dump_of(numbered), asked)


def test_positions_are_no_times():
    found = positions(LEAVE_ONE_OUT, running=False)
    assert verdicts(found) == {}
    assert [one.verdict for one in found.of("time")] == ["ok", "note"]
    assert not any("later than the test target" in one.sentence for one in found.findings)
    (recency,) = found.of("recency")
    assert recency.verdict == "note"
    assert recency.figures["targets_at_the_same_place"] == 1.0


def test_a_split_by_time_needs_times():
    found = positions(TEMPORAL, running=False)
    assert verdicts(found) == {"time": "warning"}
    assert "orders users by these numbers" in sentence(found, "time")


@pytest.mark.parametrize("asked", [TEMPORAL, LEAVE_ONE_OUT])
def test_a_running_number_orders_all_users(asked):
    found = positions(asked, running=True)
    assert verdicts(found) == {}
    assert "running number" in found.of("time")[1].sentence
    assert len(found.of("time")) == 3

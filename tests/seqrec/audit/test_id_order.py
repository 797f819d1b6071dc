import numpy as np
import pytest

from seqrec.audit import id_order
from seqrec.audit.dump_events import dump_events
from seqrec.audit.id_order import first_appearance, integer_ids, rule_scores
from seqrec.preparation.prepare import prepare
from seqrec.types import Rules, Split, Training, Vocabulary
from tests.seqrec.preparation.tables import protocol, table
from tests.synthetic import cases_of

LEAVE_ONE_OUT = protocol(split={"name": "leave_one_out"})


def shop(n_users: int = 300, n_items: int = 2000, seed: int = 0) -> list[tuple[str, str, int]]:
    """Draw users who take six random items, one a day: no order can be learnt, and many items have only one user."""
    rng = np.random.default_rng(seed)
    return [
        (f"u{user}", f"i{item}", day)
        for user in range(n_users)
        for day, item in enumerate(rng.choice(n_items, 6, replace=False))
    ]


def split_and_events(rows):
    split = prepare(table(rows), LEAVE_ONE_OUT).split
    return split, dump_events(table(rows), split.training.vocabulary)


def findings(split, events, listed=None):
    return [*id_order.check(split, events), *id_order.check_unused(split, events, listed or {})]


def renumbered(split: Split, numbers: np.ndarray) -> Split:
    """Return the same data, with codes in the order of `numbers`."""
    code_of = np.argsort(np.argsort(numbers)).astype(np.int32)

    def recoded(sequences):
        return type(sequences)(sequences.offsets, code_of[sequences.items], sequences.times, sequences.users)

    ids = np.empty_like(split.training.vocabulary.item_ids)
    ids[code_of] = split.training.vocabulary.item_ids
    test = type(split.test)(recoded(split.test.prompts), code_of[split.test.targets], split.test.target_times)
    valid = type(split.training.valid)(
        recoded(split.training.valid.prompts), code_of[split.training.valid.targets], split.training.valid.target_times
    )
    candidates, counts = np.empty_like(split.training.rules.candidates), np.empty_like(split.popularity)
    candidates[code_of], counts[code_of] = split.training.rules.candidates, split.popularity
    vocabulary = Vocabulary(ids, split.training.vocabulary.user_ids)
    training = Training(
        vocabulary, recoded(split.training.fit), recoded(split.training.train), valid, Rules(10, candidates)
    )
    return Split(training, test, counts)


def test_the_rules_by_hand():
    # Largest + 1, largest + 2 and last + 1, beyond the list, and behind.
    cases = cases_of([[4, 9, 2, 10], [4, 9, 2, 11], [9, 4, 5], [1, 3, 14], [5, 1, 0]])
    scores = rule_scores(cases, np.arange(20))
    assert scores["max"].hits.tolist() == [True, True, False, False, False]
    assert scores["max"].next_share == pytest.approx(1 / 5)
    assert scores["max"].ndcg == pytest.approx((1 + 1 / np.log2(3)) / 5)
    assert scores["last"].hits.tolist() == [True, True, True, False, False]
    assert scores["last"].ndcg == pytest.approx((1 / np.log2(9) + 1 / np.log2(10) + 1) / 5)
    assert scores["last"].hit_rate == pytest.approx(3 / 5)


def test_numbers_by_first_appearance_follow_the_users_of_the_dump_and_their_time():
    # u2 comes first in the dump, so its whole history is numbered first; equal times keep the order of the dump.
    rows = [("u2", "c", 5), ("u1", "a", 1), ("u2", "b", 2), ("u1", "c", 0), ("u2", "d", 5), ("u1", "e", 9)]
    split, events = split_and_events(rows)
    numbers = dict(zip(split.training.vocabulary.item_ids, first_appearance(events, split).tolist(), strict=True))
    assert numbers == {"b": 0, "c": 1, "d": 2, "a": 3, "e": 4}


def test_our_codes_pass_and_the_papers_numbers_would_leak():
    split, events = split_and_events(shop())
    ours, papers = findings(split, events)
    assert ours.verdict == "ok"
    assert "looked at" not in ours.sentence
    assert ours.figures["max_hr_at_10"] < 0.02
    assert ours.figures["max_hr_at_10"] < ours.figures["max_limit_hr_at_10"] < papers.figures["max_hr_at_10"]
    limit, other = (f"{ours.figures[f'{rule}_limit_hr_at_10']:.4f}" for rule in ("max", "last"))
    assert ours.sentence.endswith(f"on average, and less than {limit} and {other} may be chance.")
    assert papers.verdict == "note"
    assert papers.figures["max_hr_at_10"] > 0.1
    assert "No model here gets these numbers" in papers.sentence
    # Most items occur for the first time with early users.
    assert papers.figures["max_hr_at_10_users_1"] > 2 * papers.figures["max_hr_at_10_users_10"]


def test_codes_by_first_appearance_are_wrong():
    split, events = split_and_events(shop())
    planted = renumbered(split, first_appearance(events, split))
    ours, _ = findings(planted, dump_events(table(shop()), planted.training.vocabulary))
    assert ours.verdict == "wrong"
    assert "build_vocabulary" in ours.remedy


@pytest.mark.parametrize("n_items", [8, 30, 300])
@pytest.mark.parametrize("seed", range(5))
def test_small_shops_raise_no_alarm(n_items, seed):
    split, events = split_and_events(shop(n_users=40, n_items=n_items, seed=seed))
    assert findings(split, events)[0].verdict == "ok"


def test_numbers_at_hand_are_judged_too():
    split, events = split_and_events(shop())
    by_time = first_appearance(events, split)
    *_, listed = findings(split, events, {"numbers of the shop": 10 + by_time})
    assert listed.verdict == "note"
    assert listed.sentence.startswith("With numbers of the shop,")


def test_of_many_cases_a_fixed_sample_is_taken(monkeypatch):
    split, events = split_and_events(shop())
    monkeypatch.setattr(id_order, "MAX_CASES", 100)
    first, second = (findings(split, events) for _ in range(2))
    assert first == second
    assert first[0].figures["n_cases"] == 100
    assert all("(100 of 300 test cases checked)" in one.sentence for one in first)


@pytest.mark.parametrize(
    ("ids", "numbers"),
    [
        (["7", "007", "12"], [7, 7, 12]),
        (["7", "x7"], None),
        (["7", "-7"], None),
        (["7", "²"], None),
        (["9" * 30], None),
    ],
)
def test_raw_ids_are_numbers_only_where_all_are(ids, numbers):
    found = integer_ids(Vocabulary(np.array(ids, object), np.array(["u"], object)))
    assert (found if found is None else found.tolist()) == numbers

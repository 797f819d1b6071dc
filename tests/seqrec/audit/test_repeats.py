import numpy as np
import pytest

from seqrec.audit import repeats
from seqrec.audit.dump_events import dump_events
from seqrec.preparation.events import Events
from seqrec.preparation.prepare import prepare
from seqrec.types import Split
from tests.seqrec.preparation.tables import protocol, table
from tests.synthetic import split_of, with_rules

# Targets: one seen long ago, one seen just now, one new, and one that training never saw.
TEST = [[0, 1, 2, 0], [0, 1, 2, 2], [0, 1, 2], [0, 1, 5]]
SPLIT = split_of(train=[[0, 1, 2, 3, 4]], valid=[[0, 1]], test=TEST, n_items=6)


def events_of(split: Split) -> Events:
    """Return all events of the test users."""
    prompts, n = split.test.prompts, len(split.test)
    n_events = prompts.n_events + n
    return Events(
        np.concatenate([prompts.users[prompts.rows], prompts.users]),
        np.concatenate([prompts.items, split.test.targets]),
        np.concatenate([prompts.times, split.test.target_times]),
        np.arange(n_events, dtype=np.int64),
    )


def test_a_repeat_outside_the_prompt_is_told():
    rows = [(user, item, day) for user in "abc" for day, item in enumerate("vwxyv")]
    split = prepare(table(rows), protocol(split={"name": "leave_one_out"}, max_history=2)).split
    (found,) = repeats.check(split, dump_events(table(rows), split.training.vocabulary))
    assert found.verdict == "by design"
    assert (found.figures["targets_in_prompt"], found.figures["targets_met_before"]) == (0.0, 1.0)
    assert "100" in found.sentence


def test_masking_caps_the_hit_rate():
    (found,) = repeats.check(SPLIT, events_of(SPLIT))
    assert found.verdict == "by design"
    assert found.figures["targets_in_prompt"] == 0.5
    assert found.figures["targets_equal_to_last_event"] == 0.25
    assert found.figures["targets_no_candidate"] == 0.25
    assert found.figures["highest_hit_rate"] == 0.25
    assert "no hit rate can exceed 0.2500" in found.sentence


def test_where_repeats_are_allowed_only_unknown_targets_are_lost():
    (found,) = repeats.check(with_rules(SPLIT, exclude_seen=False), events_of(SPLIT))
    assert found.verdict == "note"
    assert found.figures["highest_hit_rate"] == pytest.approx(0.75)
    assert "may be recommended again" in found.sentence


def test_no_repeats():
    split = split_of([[0, 1, 2]], [[0, 1]], [[0, 1, 2], [2, 1, 0]], 3)
    (found,) = repeats.check(split, events_of(split))
    assert (found.verdict, found.figures["targets_in_prompt"], found.figures["highest_hit_rate"]) == ("ok", 0.0, 1.0)

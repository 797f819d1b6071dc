from dataclasses import replace

import pytest

from seqrec.audit import repeats
from tests.synthetic import split_of

# Targets: one met long ago, one met just now, one new, one that training never saw.
TEST = [[0, 1, 2, 0], [0, 1, 2, 2], [0, 1, 2], [0, 1, 5]]
SPLIT = split_of(train=[[0, 1, 2, 3, 4]], valid=[[0, 1]], test=TEST, n_items=6)


def test_masking_caps_the_hit_rate():
    (found,) = repeats.check(SPLIT)
    assert found.verdict == "by design"
    assert found.figures["targets_in_prompt"] == 0.5
    assert found.figures["targets_equal_to_last_event"] == 0.25
    assert found.figures["targets_no_candidate"] == 0.25
    assert found.figures["highest_hit_rate"] == 0.25
    assert "no hit rate can exceed 0.2500" in found.sentence


def test_where_repeats_are_allowed_only_unknown_targets_are_lost():
    (found,) = repeats.check(replace(SPLIT, exclude_seen=False))
    assert found.verdict == "by design"
    assert found.figures["highest_hit_rate"] == pytest.approx(0.75)
    assert "may be recommended again" in found.sentence


def test_no_repeats():
    (found,) = repeats.check(split_of([[0, 1, 2]], [[0, 1]], [[0, 1, 2], [2, 1, 0]], 3))
    assert (found.verdict, found.figures["targets_in_prompt"], found.figures["highest_hit_rate"]) == ("ok", 0.0, 1.0)

from dataclasses import replace

import numpy as np
import pytest

from seqrec.audit import recency
from seqrec.audit.floors import floor_places
from seqrec.types import Split
from tests.synthetic import random_split, with_training

DAY = 86_400_000_000
START = 18_262 * DAY


def spread_over(days: float) -> Split:
    """Return a split whose training events lie at random times of so many days from 2020 on."""
    split = random_split()
    times = START + np.random.default_rng(0).integers(int(days * DAY) + 1, size=split.training.train.n_events)
    return with_training(split, train=replace(split.training.train, times=np.sort(times)))


@pytest.mark.parametrize(("days", "verdict"), [(0.01, "note"), (2000.0, "ok")])
def test_in_a_short_time_nothing_fades(days, verdict):
    split = spread_over(days)
    (found,) = recency.check(split, floor_places(split))
    assert found.verdict == verdict
    assert found.figures["days_of_training"] == pytest.approx(days, rel=0.01)


def test_without_dates_that_is_said():
    split = random_split()
    (found,) = recency.check(split, floor_places(split))
    assert found.verdict == "note"
    assert found.figures["targets_at_the_same_place"] == 1.0
    assert "no dates" in found.sentence

from dataclasses import replace

import numpy as np
import pytest

from seqrec.audit import floors
from seqrec.audit.floors import floor_places, sampled_cases
from seqrec.evaluation.ranking import rank
from seqrec.models import FLOORS
from seqrec.types import Split
from tests.seqrec.models.fitted import fitted
from tests.seqrec.test_experiment import read
from tests.synthetic import chain_split, random_split, with_rules


def with_repeats(split: Split) -> Split:
    """Make every third target the first item of its prompt."""
    targets = split.test.targets.copy()
    targets[::3] = split.test.prompts.items[split.test.prompts.offsets[:-1]][::3]
    return replace(split, test=replace(split.test, targets=targets))


@pytest.mark.parametrize("exclude_seen", [True, False])
@pytest.mark.parametrize("make", [chain_split, random_split])
def test_places_are_those_of_the_evaluation(make, exclude_seen):
    split = with_rules(with_repeats(make(n_train=80)), exclude_seen=exclude_seen)
    split.training.rules.candidates[[3, 7, 30]] = False
    found = floor_places(split)
    assert tuple(found) == FLOORS
    for name, places in found.items():
        ranked = rank(fitted(read().models[name], split), split.test, split.training.rules)
        assert places.better.tolist() == ranked.places.better.tolist()
        assert places.tied.tolist() == ranked.places.tied.tolist()


def test_where_that_takes_long_a_fixed_sample_is_ranked(monkeypatch):
    split = random_split()
    everything = floor_places(split)
    monkeypatch.setattr(floors, "MAX_SCORES", 0)
    monkeypatch.setattr(floors, "MIN_CASES", 50)
    rows = sampled_cases(split)
    assert len(rows) == 50
    assert (np.diff(rows) > 0).all()
    for name, places in floor_places(split).items():
        assert places.better.tolist() == everything[name].better[rows].tolist()

from dataclasses import replace

import numpy as np
import pytest

from seqrec.audit import floors
from seqrec.audit.floors import floor_rankings, sampled_cases
from seqrec.evaluation.config import FLOORS
from seqrec.evaluation.ranking import rank
from seqrec.experiment import Experiment
from seqrec.types import Split
from tests.seqrec.test_experiment import read
from tests.synthetic import chain_split, random_split


def as_ranked(split: Split, experiment: Experiment) -> dict[str, tuple[list[int], list[int]]]:
    """Counts above and beside each target, as the evaluation of the fitted floors gives them."""
    found = {}
    for name in FLOORS:
        model = experiment.models[name].build(split.n_items)
        list(model.fit(split, None, floors.RUN))
        rankings = rank(
            model,
            split.test,
            candidates=split.training.rules.candidates,
            k=1,
            exclude_seen=split.training.rules.exclude_seen,
            sampled=split.sampled,
        )
        answered = rankings.places.tied > 0
        found[name] = rankings.places.better[answered].tolist(), rankings.places.tied.tolist()
    return found


def counted(split: Split) -> dict[str, tuple[list[int], list[int]]]:
    found = floor_rankings(split)
    return {name: (own.places.better[own.places.tied > 0].tolist(), own.places.tied.tolist()) for name, own in found.items()}


def with_repeats(split: Split) -> Split:
    """Every third target is the first item of its prompt."""
    targets = split.test.targets.copy()
    targets[::3] = split.test.prompts.items[split.test.prompts.offsets[:-1]][::3]
    return replace(split, test=replace(split.test, targets=targets))


@pytest.mark.parametrize("exclude_seen", [True, False])
@pytest.mark.parametrize("make", [chain_split, random_split])
def test_ranks_are_those_of_the_evaluation(make, exclude_seen):
    split = replace(with_repeats(make(n_train=80)), exclude_seen=exclude_seen)
    split.training.rules.candidates[[3, 7, 30]] = False
    assert counted(split) == as_ranked(split, read())


@pytest.mark.parametrize("exclude_seen", [True, False])
def test_ranks_against_a_sample_are_those_of_the_evaluation(exclude_seen):
    split = replace(with_repeats(chain_split(n_train=80)), exclude_seen=exclude_seen)
    rng = np.random.default_rng(0)
    # Any item may be drawn: the target itself, items of the prompt, items that are no candidates.
    sampled = np.array([rng.choice(split.n_items, 9, replace=False) for _ in range(len(split.test))], np.int32)
    split.training.rules.candidates[[3, 7, 30]] = False
    assert (sampled == split.test.targets[:, None]).any()
    assert counted(replace(split, sampled=sampled)) == as_ranked(replace(split, sampled=sampled), read())


def test_of_many_cases_a_fixed_sample_is_ranked(monkeypatch):
    split = random_split()
    everything = floor_rankings(split)
    monkeypatch.setattr(floors, "MAX_CASES", 50)
    rows = sampled_cases(split)
    assert len(rows) == 50
    assert (np.diff(rows) > 0).all()
    for name, own in floor_rankings(split).items():
        assert own.places.better.tolist() == everything[name].better[rows].tolist()


@pytest.mark.parametrize("exclude_seen", [True, False])
def test_ranks_in_blocks_are_the_same(exclude_seen, monkeypatch):
    split = replace(with_repeats(random_split(n_train=80)), exclude_seen=exclude_seen)
    whole = counted(split)
    monkeypatch.setattr(floors, "MAX_PAIRS", 30)
    assert counted(split) == whole

import json

import pytest
from pydantic import ValidationError

from seqrec.preparation.protocol import Full, Protocol, Sampled
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.preparation.splits.temporal import Config as Temporal


def read(**settings: object) -> Protocol:
    return Protocol.model_validate_json(json.dumps({"split": {"name": "temporal"}} | settings))


def test_defaults_are_those_of_the_house():
    protocol = read()
    assert protocol.split == Temporal()
    assert (protocol.core.users, protocol.core.items) == (5, 5)
    assert (protocol.ties, protocol.seen, protocol.counts, protocol.refit) == (
        "random",
        "exclude",
        "train",
        False,
    )
    assert protocol.candidates == Full()
    assert (protocol.users, protocol.max_history, protocol.shuffle) == (None, None, None)
    assert protocol.cutoffs == (1, 5, 10, 20)
    assert protocol.k == 20


def test_splits_and_candidates_are_found_by_name():
    protocol = read(split={"name": "leave_one_out"}, candidates={"name": "sampled", "n": 50}, cutoffs=[10, 3])
    assert protocol.split == LeaveOneOut()
    assert protocol.candidates == Sampled(n=50)
    assert protocol.k == 10


def test_cutoffs_are_sorted_and_unique():
    assert read(cutoffs=[20, 5, 20, 10]).cutoffs == (5, 10, 20)
    assert read(cutoffs=[20, 5, 20, 10]).digest == read(cutoffs=[5, 10, 20]).digest


CHANGES = pytest.mark.parametrize(
    "changes",
    [
        {"split": {"name": "leave_one_out"}},
        {"split": {"name": "temporal", "fold": 1}},
        {"core": {"users": 5, "items": 0}},
        {"ties": "file"},
        {"seed": 1},
        {"seen": "keep"},
        {"candidates": {"name": "full", "catalogue": "all"}},
        {"candidates": {"name": "sampled"}},
        {"candidates": {"name": "sampled", "seed": 1}},
        {"candidates": {"name": "sampled", "exclude": "prompt"}},
        {"split": {"name": "given"}},
        {"split": {"name": "given", "targets": "every"}},
        {"split": {"name": "temporal", "test_from": "2014-06-01"}},
        {"users": 1000},
        {"max_history": 50},
        {"shuffle": {"part": "train"}},
        {"shuffle": {"part": "train", "keep_last": True}},
        {"shuffle": {"part": "test", "window": 10}},
        {"cutoffs": [10]},
        {"refit": True},
        {"counts": "all"},
    ],
)


@CHANGES
def test_it_survives_json(changes):
    assert Protocol.model_validate_json(read(**changes).model_dump_json()) == read(**changes)
    # As a service passes it: JSON values, read in Python.
    assert Protocol.model_validate(read(**changes).model_dump(mode="json")) == read(**changes)


@CHANGES
def test_whatever_changes_the_meaning_of_a_number_changes_the_digest(changes):
    assert read(**changes).digest != read().digest
    assert read(**changes).digest == read(**changes).digest


@pytest.mark.parametrize(
    "wrong",
    [
        {"split": {"name": "random"}},
        {"split": {"name": "temporal", "test_fraction": 1.0}},
        {"split": {"name": "temporal", "fold": 0}},
        {"split": {"name": "temporal", "n_bins": 1}},
        {"core": {"users": -1}},
        {"cutoffs": []},
        {"cutoffs": [0]},
        {"candidates": {"name": "sampled", "n": 0}},
        {"ties": "stable"},
        {"users": 0},
        {"max_history": 1},
        {"shuffle": {}},
        {"shuffle": {"part": "valid"}},
        {"split": {"name": "temporal", "test_from": "June"}},
        {"split": {"name": "given", "targets": "last"}},
        {"candidates": {"name": "sampled", "exclude": "target"}},
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        read(**wrong)

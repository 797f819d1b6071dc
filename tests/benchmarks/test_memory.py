"""The script trains what it says, and has two figures for it."""

import pytest

from benchmarks.memory import TRIALS, Trial, expected_and_taken
from seqrec.training.memory import REFERENCES


@pytest.mark.skipif(not REFERENCES.exists(), reason="only Linux says what a process takes at most")
def test_a_trial_has_what_was_expected_and_what_it_took() -> None:
    expected, taken = expected_and_taken(Trial("sasrec", "sampled_softmax", 600, 8, 4, 8), "cpu")
    assert expected > 0
    assert taken >= 0


def test_every_trial_is_a_model() -> None:
    assert [trial.config().loss.name for trial in TRIALS] == [trial.loss for trial in TRIALS]

"""The script trains what it says, and has two figures for it."""

import pytest

from benchmarks.memory import ALL_LOGITS, TRIALS, SeedRun, train
from seqrec.models.footprints import footprint_of
from seqrec.nn.losses import softmax
from seqrec.training.memory import REFERENCES


@pytest.mark.skipif(not REFERENCES.exists(), reason="only Linux says what a process takes at most")
def test_a_trial_has_what_was_expected_and_what_it_took() -> None:
    expected, taken, epoch_s = train(SeedRun("sasrec", "sampled_softmax", 600, 8, 4, 8), "cpu")
    assert expected > 0
    assert taken >= 0
    assert epoch_s > 0


def test_every_trial_is_a_model() -> None:
    assert [seed_run.config().loss.name for seed_run in TRIALS] == [seed_run.loss for seed_run in TRIALS]


def test_the_peer_holds_all_logits(monkeypatch: pytest.MonkeyPatch) -> None:
    # Put back what the script, whose trials have processes of their own, replaces for good.
    monkeypatch.setattr(softmax, "linear_cross_entropy", softmax.linear_cross_entropy)
    expected = []
    for loss in ("softmax", ALL_LOGITS):
        footprint_of.cache_clear()
        expected.append(train(SeedRun.parse(f"sasrec,{loss},4000,8,40,128"), "cpu")[0])
    footprint_of.cache_clear()
    chunked, plain = expected
    assert plain - chunked > 128 * 40 * 4_000 * 2

"""The script trains each setup, and reports expected and used memory."""

from pathlib import Path

import pytest

from benchmarks.memory import ALL_LOGITS, SETUPS, Setup, train
from seqrec.nn.losses import softmax
from seqrec.training.memory import REFERENCES
from tests.tensor_peak import tensor_peak


@pytest.mark.skipif(not REFERENCES.exists(), reason="only Linux says what a process takes at most")
def test_a_training_has_what_was_expected_and_what_it_took() -> None:
    expected, taken, epoch_s = train(Setup("sasrec", "sampled_softmax", 600, 8, 4, 8), "cpu")
    assert expected is not None
    assert expected > 0
    assert taken >= 0
    assert epoch_s > 0


def test_every_setup_is_a_model() -> None:
    assert [setup.config().loss.name for setup in SETUPS] == [setup.loss for setup in SETUPS]


@pytest.mark.skipif(not REFERENCES.exists(), reason="only Linux says what a process takes at most")
def test_the_peer_holds_all_logits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The script replaces this function for good, since each of its trainings has its own process; here it is restored.
    monkeypatch.setattr(softmax, "linear_cross_entropy", softmax.linear_cross_entropy)
    chunked, plain = (
        tensor_peak(lambda loss=loss: train(Setup.parse(f"sasrec,{loss},4000,8,40,128"), "cpu"), tmp_path)
        for loss in ("softmax", ALL_LOGITS)
    )
    assert plain - chunked > 128 * 40 * 4_000 * 2

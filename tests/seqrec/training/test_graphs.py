"""Full batches are recorded; on a GPU, replayed steps learn the same as steps without recording."""

import copy

import numpy as np
import pytest
import torch

from seqrec.training.batches import Chosen, Packed
from seqrec.training.bucketing import WIDTH_STEPS, EpochPlan, all_but_first
from seqrec.training.config import TrainingConfig
from seqrec.training.distributed import ProcessGroup
from seqrec.training.graphs import Graphs, _full_chosen
from seqrec.training.optimiser import build_optimiser
from seqrec.training.step import Step
from tests.seqrec.training.toy import Successor
from tests.synthetic import chain_split, sequences_of

DATA = chain_split(n_items=12, n_train=60, n_valid=10, n_test=5).training.fit
CONFIG = TrainingConfig(lr=0.01, batch_size=16, weight_decay=0.1)
ONCE = EpochPlan(1, all_but_first)


def test_what_is_recorded_are_the_full_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WIDTH_STEPS, "cpu", 8)
    data = Packed(
        sequences_of([[1] * n for n in np.random.default_rng(0).integers(2, 40, 300)]), 50, torch.device("cpu")
    )
    recorded = {chosen.width: chosen.rows for chosen in _full_chosen(data, 16, ONCE)}
    assert set(recorded) <= {8, 16, 24, 32, 40}
    for width, rows in recorded.items():
        batch = data.batch(Chosen(rows, width))
        assert width - 8 < batch.lengths.max() <= width
    batches = list(data.epoch(16, ONCE, np.random.default_rng(0)))
    full = [chosen for chosen in batches if len(chosen.rows) == len(recorded.get(chosen.width, ()))]
    assert len(full) >= len(batches) - 1


def test_a_width_without_a_full_batch_is_not_recorded() -> None:
    data = Packed(sequences_of([[1, 2], [1, 2, 3]]), 50, torch.device("cpu"))
    assert not list(_full_chosen(data, 16, ONCE))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_replayed_steps_learn_what_plain_ones_learn() -> None:
    device = torch.device("cuda")
    plain = Successor().to(device).eval()
    recorded = copy.deepcopy(plain)
    data = Packed(DATA, plain.window, device)
    losses = []
    for network in (plain, recorded):
        step = Step(network, build_optimiser(network, CONFIG), 1.0, "float32", ProcessGroup())
        with torch.cuda.stream(torch.cuda.Stream()):
            learn = (
                Graphs(step, data, 16, ONCE)
                if network is recorded
                else lambda chosen, step=step: step(data.batch(chosen))
            )
            epochs = [chosen for seed in range(3) for chosen in data.epoch(16, ONCE, np.random.default_rng(seed))]
            losses.append([learn(chosen).value.item() for chosen in epochs])
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)

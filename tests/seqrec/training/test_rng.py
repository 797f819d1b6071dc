"""Seeded blocks are reproducible, leave no trace and never overlap."""

import threading
import time

import pytest
import torch

from seqrec.training import rng
from seqrec.training.rng import IsolatedRng

CPU = torch.device("cpu")


def test_same_seed_same_draws_and_no_trace() -> None:
    state = torch.get_rng_state()
    with IsolatedRng(1, CPU):
        first = torch.rand(4)
    with IsolatedRng(1, CPU):
        second = torch.rand(4)
    with IsolatedRng(2, CPU):
        other = torch.rand(4)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_threads_do_not_draw_from_each_other() -> None:
    drawn: dict[int, torch.Tensor] = {}

    def draw(seed: int) -> None:
        with IsolatedRng(seed, CPU):
            parts = []
            for _ in range(5):
                parts.append(torch.rand(1))
                time.sleep(0.001)
        drawn[seed] = torch.cat(parts)

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        with IsolatedRng(seed, CPU):
            assert torch.equal(drawn[seed], torch.cat([torch.rand(1) for _ in range(5)]))


def test_a_generator_that_fails_does_not_keep_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def get_state(self) -> torch.Tensor:
            raise RuntimeError("device lost")

    draws = IsolatedRng(1, CPU)
    with monkeypatch.context() as patched:
        patched.setattr(draws, "_generator", Broken())
        with pytest.raises(RuntimeError, match="device lost"), draws:
            pass
    with pytest.raises(RuntimeError, match="device lost"), draws:
        monkeypatch.setattr(draws, "_generator", Broken())
    waiting = threading.Thread(target=IsolatedRng(2, CPU).__enter__, daemon=True)
    waiting.start()
    waiting.join(timeout=30)
    assert not waiting.is_alive()
    rng._TURN.release()

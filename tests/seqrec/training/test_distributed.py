"""Two processes that train one network together learn the same as a single process."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import distributed, multiprocessing

from seqrec.training.batches import Chosen, Packed
from seqrec.training.bucketing import EpochPlan, all_but_first
from seqrec.training.config import TrainingConfig
from seqrec.training.distributed import ProcessGroup
from seqrec.training.engine import Trainer
from seqrec.types import Run
from tests.seqrec.training.toy import Successor
from tests.synthetic import chain_split

SPLIT = chain_split(n_items=12, n_train=61, n_valid=10, n_test=5)
# 61 sequences in batches of 15: the last batch has one sequence, fewer than there are processes.
CONFIG = TrainingConfig(lr=0.01, batch_size=15, max_epochs=4, patience=4, precision="float32", clip_norm=0.5)


def train(drop: float) -> tuple[list[float], list[list[float]]]:
    network = Successor()
    network.dropout.rate = drop
    trainer = Trainer("toy", network, CONFIG, Run(seed=3, device=torch.device("cpu")))
    reports = list(trainer.train(SPLIT.training.fit, None, lambda: {"ndcg_at_20": 0.0}))
    return [report.loss for report in reports], [p.flatten().tolist() for p in network.parameters()]


def _worker(rank: int, folder: str, drop: float) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    losses, weights = train(drop)
    Path(folder, f"{rank}.json").write_text(json.dumps({"losses": losses, "weights": weights}))
    distributed.barrier()
    # Threads of the process group may abort the interpreter during shutdown, which does not matter here.
    os._exit(0)


def together(folder: Path, drop: float) -> list[dict[str, list[float]]]:
    multiprocessing.spawn(_worker, (str(folder), drop), nprocs=2)
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in (0, 1)]


def test_losses_and_weights_are_those_of_one_process(tmp_path: Path) -> None:
    losses, weights = train(drop=0.0)
    for found in together(tmp_path, drop=0.0):
        assert found["losses"] == pytest.approx(losses, rel=1e-5)
        for mine, theirs in zip(weights, found["weights"], strict=True):
            assert theirs == pytest.approx(mine, rel=1e-3, abs=1e-5)


def test_processes_draw_apart_and_stay_alike(tmp_path: Path) -> None:
    first, second = together(tmp_path, drop=0.5)
    assert first == second
    alone, _ = train(drop=0.5)
    assert first["losses"] != pytest.approx(alone, rel=1e-4)


def test_parts_of_a_batch_are_the_batch() -> None:
    packed = Packed(SPLIT.training.fit, 6, torch.device("cpu"))
    for chosen in packed.epoch(15, EpochPlan(1, all_but_first), np.random.default_rng(0)):
        parts = [ProcessGroup(rank, 4).part(chosen) for rank in range(4)]
        assert {part.width for part in parts} == {chosen.width}
        rows = sorted(row for part in parts for row in part.rows.tolist())
        assert rows == sorted(chosen.rows.tolist())


def test_alone_there_is_nothing_to_combine() -> None:
    chosen = Chosen(torch.arange(3), 2)
    assert ProcessGroup.here() == ProcessGroup(0, 1)
    assert torch.equal(ProcessGroup().part(chosen).rows, chosen.rows)
    assert ProcessGroup().own == ()

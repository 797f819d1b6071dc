"""Helpers for the tests of all neural models: train, record the first losses, and rank the test cases."""

import json
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch

from seqrec.evaluation.accuracy import ndcg
from seqrec.evaluation.ranking import place
from seqrec.models.neural import NeuralConfig, NeuralRecommender
from seqrec.nn.init import initialise
from seqrec.training.batches import Packed
from seqrec.training.distributed import ProcessGroup
from seqrec.training.dry_run import dry_run
from seqrec.training.epoch import EpochPass
from seqrec.training.optimiser import build_optimiser
from seqrec.training.step import Step
from seqrec.types import Run, Split, Vectors
from tests.seqrec.models.fitted import given
from tests.synthetic import chain_split

RUN = Run(seed=0, device=torch.device("cpu"))
GOLDEN = Path(__file__).parent / "golden"
N_GOLDEN_STEPS = 20


def fitted(config: NeuralConfig, split: Split, vectors: Vectors | None = None, run: Run = RUN) -> NeuralRecommender:
    model = config.build(split.n_items)
    list(model.fit(split.training, given(config, vectors), run))
    return model


def ndcg_at_10(model: NeuralRecommender, split: Split) -> np.ndarray:
    return ndcg(place(model, split.test, split.training.rules), 10)


def chance_at_10(split: Split) -> float:
    """Return the expected NDCG@10 of a random order of the items that are not in the prompt."""
    n_unseen = split.n_items - split.test.prompts.lengths
    return float(np.mean((1 / np.log2(np.arange(2, 12))).sum() / n_unseen))


def first_losses(config: NeuralConfig, *, dry: bool = False) -> list[float]:
    """Return the first losses on a tiny split, from fixed weights in a fixed order, optionally after a dry run."""
    split = chain_split()
    torch.manual_seed(0)
    network = config.network(split.n_items)
    initialise(network)
    rng = np.random.default_rng(0)
    network.observe(split.training.fit)
    data = Packed(split.training.fit, network.window, RUN.device)
    batches = [chosen for _ in range(3) for chosen in data.epoch(32, network.epoch_plan("last"), rng)][:N_GOLDEN_STEPS]
    optimiser = build_optimiser(network, config.training)
    step = Step(network.train(), optimiser, config.training.clip_norm, "float32", ProcessGroup())
    if dry:
        dry_run(step, data, 32, network.epoch_plan("last"))
    steps = EpochPass(nullcontext())
    steps.run(lambda chosen: step(data.batch(chosen)), batches)
    return [float(value) for value in steps.losses.values]


def golden_losses(config: NeuralConfig) -> list[float]:
    return json.loads((GOLDEN / f"{config.name}.json").read_text())

"""A check that a network learns and ranks in the same way on two devices."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from seqrec.evaluation.accuracy import ndcg
from seqrec.evaluation.ranking import rank
from seqrec.models import MODELS
from seqrec.models.base import Ingredients
from seqrec.models.neural import NeuralConfig
from seqrec.training.device import resolve_device
from seqrec.types import Rankings, Run, Split, State

K, N_EPOCHS = 10, 3
CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Parity:
    """The differences between two devices."""

    losses_apart: float
    """Largest relative difference of the loss of an epoch."""
    same_lists: float
    """Share of the test cases with the same ten items, if both devices have the same weights."""
    same_places: float
    """Share of the test cases whose target has the same rank."""
    ndcg: tuple[float, float]
    """NDCG@10 on the CPU and on the other device."""


def networks() -> Iterator[NeuralConfig]:
    """Return every network of the union with its defaults, in float32 and without dropout, which differs by device."""
    for config in MODELS:
        if issubclass(config, NeuralConfig):
            made = config()
            training = made.training.model_copy(
                update={"max_epochs": N_EPOCHS, "patience": N_EPOCHS, "keep": "last", "precision": "float32"}
            )
            rates = {name: 0.0 for name in config.model_fields if name.endswith("dropout")}
            yield made.model_copy(update={"training": training, **rates})


def parity(config: NeuralConfig, split: Split, device_name: str) -> Parity:
    """Train on both devices, then rank on both with the weights that were trained on the CPU."""
    device, rules = resolve_device(device_name), replace(split.training.rules, k=K)
    losses, state = _trained(config, split, CPU)
    others, _ = _trained(config, split, device)
    first, second = (_ranked(config, split, state, one) for one in (CPU, device))
    return Parity(
        losses_apart=float(np.max(np.abs(np.array(others) / np.array(losses) - 1))),
        same_lists=float((first.lists.items == second.lists.items).all(axis=1).mean()),
        same_places=float((first.places.better == second.places.better).mean()),
        ndcg=(float(ndcg(first.places, rules.k).mean()), float(ndcg(second.places, rules.k).mean())),
    )


def _trained(config: NeuralConfig, split: Split, device: torch.device) -> tuple[list[float], State]:
    model = config.build(split.n_items)
    reports = list(model.fit(replace(split.training, refit=False), Ingredients(), Run(0, device)))
    return [report.loss for report in reports], model.state()


def _ranked(config: NeuralConfig, split: Split, state: State, device: torch.device) -> Rankings:
    model = config.build(split.n_items)
    model.load(state, Ingredients(), Run(0, device))
    return rank(model, split.test, replace(split.training.rules, k=K))

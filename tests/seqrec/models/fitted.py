"""Fitting and asking a model in a test."""

import numpy as np
import torch

from seqrec.models.base import ModelConfig, Recommender
from seqrec.types import Run, Sequences, Split, Vectors

CPU = torch.device("cpu")


def fitted(config: ModelConfig, split: Split, vectors: Vectors | None = None, seed: int = 0) -> Recommender:
    model = config.build(split.n_items)
    for _ in model.fit(split, vectors, Run(seed, CPU)):
        pass
    return model


def scores_of(model: Recommender, prompts: Sequences, n_items: int) -> np.ndarray:
    """Scores of all items for all prompts."""
    with torch.inference_mode():
        return model.score(model.encode(prompts), 0, n_items).float().numpy()

"""Helpers that fit a model in a test, and score with it."""

import numpy as np
import torch

from seqrec.models.base import Ingredients, ModelConfig, Recommender
from seqrec.types import Rules, Run, Sequences, Split, Training, Vectors

CPU = torch.device("cpu")


def given(config: ModelConfig, vectors: Vectors | None = None) -> Ingredients:
    """Return ingredients with the same vectors in every role of the model."""
    return Ingredients() if vectors is None else Ingredients(dict.fromkeys(config.needs.vectors, vectors))


def fitted(
    config: ModelConfig, data: Split | Training, vectors: Vectors | None = None, seed: int = 0, **others: object
) -> Recommender:
    """Return a fitted model; `others` are further ingredients."""
    training = data.training if isinstance(data, Split) else data
    model = config.build(training.n_items)
    ingredients = Ingredients(given(config, vectors).vectors, **others)
    for _ in model.fit(training, ingredients, Run(seed, CPU)):
        pass
    return model


def scores_of(model: Recommender, prompts: Sequences, n_items: int) -> np.ndarray:
    """Return the scores of all items for all prompts."""
    with torch.inference_mode():
        return model.score(model.encode(prompts, any_items(n_items)), 0, n_items).float().numpy()


def any_items(n_items: int, k: int | None = None) -> Rules:
    """Return rules under which every item may be recommended."""
    return Rules(k or n_items, np.ones(n_items, bool), exclude_seen=False)

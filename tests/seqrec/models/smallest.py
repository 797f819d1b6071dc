"""The smallest configuration of every model of the union, and all ingredients that it needs."""

from typing import Any, get_origin

import numpy as np
import polars as pl

from seqrec import schema
from seqrec.models.base import Ingredients, ModelConfig
from seqrec.models.markov import Config as Markov
from seqrec.text.features import item_features
from seqrec.text.source import VectorSource
from seqrec.text.template import Template
from seqrec.training.config import TrainingConfig
from seqrec.types import Training, Vectors
from tests.seqrec.models.fitted import fitted

CHEAP = {
    "dim": 16,
    "hidden_dim": 16,
    "max_len": 10,
    "n_layers": 1,
    "dropout": 0.1,
}


def smallest(config: type[ModelConfig], max_epochs: int = 1) -> ModelConfig:
    """Return the defaults, but networks are narrow and trained briefly; labels are named after fields."""
    required = {name: field.annotation for name, field in config.model_fields.items() if field.is_required()}
    made = config.model_validate({name: _some(name, annotation) for name, annotation in required.items()})
    training = TrainingConfig(lr=1e-2, batch_size=64, max_epochs=max_epochs, patience=max_epochs)
    cheap = CHEAP | {"training": training}
    return made.model_copy(update={name: value for name, value in cheap.items() if name in config.model_fields})


def ingredients_for(config: ModelConfig, data: Training) -> Ingredients:
    """Return all that the model needs: vectors that point to the next item, texts, features, and Markov chains."""
    needs = config.needs
    items, vocabulary = items_of(data), data.vocabulary
    return Ingredients(
        vectors=dict.fromkeys(needs.vectors, circle(data.n_items)),
        texts=Template().texts(items, vocabulary) if needs.texts else None,
        features=item_features(items, vocabulary) if needs.features else None,
        models={role: fitted(Markov(), data) for role in needs.models},
    )


def circle(n_items: int) -> Vectors:
    """Return vectors that point to the successor of each item on a circle; on data without order they are useless."""
    angles = 2 * np.pi * np.arange(n_items) / n_items
    return Vectors(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))


def items_of(data: Training) -> pl.DataFrame:
    """Return metadata in which titles, brands and categories reveal the number of the item."""
    numbers = range(data.n_items)
    rows = {
        schema.ITEM: data.vocabulary.item_ids.tolist(),
        schema.TITLE: [f"item {number}" for number in numbers],
        schema.BRAND: [f"brand {number % 5}" for number in numbers],
        schema.CATEGORIES: [["all", f"kind {number % 7}"] for number in numbers],
        schema.DESCRIPTION: [None for _ in numbers],
    }
    return pl.DataFrame(rows, schema_overrides={schema.DESCRIPTION: pl.String})


def _some(name: str, annotation: Any) -> object:
    if annotation is VectorSource:
        return {"encoder": "any"}
    return [f"{name}_1", f"{name}_2"] if get_origin(annotation) is tuple else name

"""Smoothing of vectors over similar items, by a linear autoencoder over the catalogue in closed form.

The weights between items are those of EASE (Steck 2019) on item vectors instead of interactions: each item is predicted
from the others by ridge regression. With F the vectors as columns and M = (ridge I + F F')^-1, the weight of item i in
the prediction of item j is f_i' M f_j / (1 - f_j' M f_j), so that no matrix over pairs of items is inverted.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float32
from pydantic import Field, PositiveFloat, PositiveInt

from seqrec.text.reducers.base import ReducerConfig
from seqrec.types import Features, State, Vectors

BLOCK = 2048
"""The number of items that are smoothed at a time."""
SAME = 1e-6
"""The squared distance, relative to the squared length, below which two vectors are those of the same item."""


class Config(ReducerConfig):
    """Each vector moves towards those of the items that predict it best; the width stays that of the input.

    It takes out what only one text says. Where similar items also attract the same users, that is noise.
    """

    name: Literal["smoothing"] = "smoothing"
    ridge: PositiveFloat = 5.0
    """The penalty of the weights, for vectors of unit length."""
    share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.3
    """How far a vector moves: 1 replaces it by the mean of its neighbours."""
    n_neighbours: PositiveInt = 20
    """The number of items with the largest weights that take part; only positive weights do."""

    @property
    def out_dim(self) -> int | None:
        """None: the width of the input."""
        return None

    def learn(
        self,
        vectors: Vectors,
        trained: Bool[np.ndarray, " n_items"],  # noqa: ARG002
        features: Features | None = None,  # noqa: ARG002
    ) -> State:
        """Returns the vectors of the catalogue, and M."""
        unit = _unit(vectors.values).astype(np.float64)
        inverse = np.linalg.inv(self.ridge * np.eye(unit.shape[1]) + unit.T @ unit)
        return State({"catalogue": torch.from_numpy(vectors.values.copy()), "inverse": torch.from_numpy(inverse)})

    def project(self, state: State, vectors: Vectors) -> Vectors:
        """Returns the smoothed vectors; an item is no neighbour of itself, nor of one with the same vector."""
        catalogue, inverse = state.tensors["catalogue"].numpy(), state.tensors["inverse"].numpy()
        blocks = [
            self._smooth(catalogue, inverse, vectors.values[start : start + BLOCK])
            for start in range(0, len(vectors.values), BLOCK)
        ]
        return Vectors(np.concatenate(blocks) if blocks else vectors.values)

    def _smooth(
        self,
        catalogue: Float32[np.ndarray, "n_items width"],
        inverse: np.ndarray,
        block: Float32[np.ndarray, "n width"],
    ) -> Float32[np.ndarray, "n width"]:
        known, asked = _unit(catalogue), _unit(block)
        projected = asked @ inverse
        own = (projected * asked).sum(axis=1, keepdims=True)
        weights = projected @ known.T / (1.0 - own)
        weights[asked @ known.T > 1.0 - SAME] = 0.0
        n = min(self.n_neighbours, weights.shape[1])
        best = np.argpartition(-weights, n - 1, axis=1)[:, :n]
        kept = np.clip(np.take_along_axis(weights, best, axis=1), 0.0, None)
        total = kept.sum(axis=1, keepdims=True)
        mean = np.einsum("ij,ijk->ik", kept / np.where(total > 0, total, 1.0), catalogue[best])
        moved = (1.0 - self.share) * block + self.share * mean
        return np.where(total > 0, moved, block).astype(np.float32)


def _unit(values: Float32[np.ndarray, "n width"]) -> Float32[np.ndarray, "n width"]:
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.where(lengths > 0, lengths, 1.0), np.float32)

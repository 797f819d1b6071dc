"""The affine map that leads from some vectors to others of the same items."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

RIDGE = 1e-3
"""The penalty of the weights, relative to the mean variance of what the map reads."""


@dataclass(frozen=True, slots=True)
class Affine:
    """The map x -> x @ weight + shift."""

    weight: Float[Tensor, "n_in n_out"]
    shift: Float[Tensor, " n_out"]

    def __call__(self, values: Float[Tensor, "n n_in"]) -> Float[Tensor, "n n_out"]:
        """Returns the images of some rows."""
        return values @ self.weight + self.shift


def fit_affine(source: Float[Tensor, "n n_in"], target: Float[Tensor, "n n_out"]) -> Affine:
    """Returns the map with the least squared error from the rows of `source` to those of `target`, with a small ridge.

    With no rows at all, everything is mapped to zero.
    """
    x, y = source.double(), target.double()
    mean_x, mean_y = x.sum(0) / max(1, len(x)), y.sum(0) / max(1, len(y))
    x, y = x - mean_x, y - mean_y
    gram = x.T @ x
    penalty = RIDGE * gram.diagonal().mean().clamp(min=1e-12)
    weight = torch.linalg.solve(gram + penalty * torch.eye(len(gram), dtype=gram.dtype), x.T @ y)
    return Affine(weight.to(target.dtype), (mean_y - mean_x @ weight).to(target.dtype))

"""Gaussian random projection, one of the reductions that Boz et al. 2024 search over."""

from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float64

from seqrec.digest import generator_from
from seqrec.text.reducers.affine import Map, UnsupervisedConfig


class Config(UnsupervisedConfig):
    """Independent normal weights of variance 1 / dim, which keep distances on average (Johnson and Lindenstrauss).

    Nothing is learned from the vectors, so it shows what the other reductions gain beyond a smaller width. The papers'
    code draws without a seed.
    """

    name: Literal["random_projection"] = "random_projection"
    seed: int = 0
    """The seed of the weights."""

    may_widen: ClassVar[bool] = True

    def find(self, scope: Float64[np.ndarray, "n width"]) -> Map:
        """Returns the weights."""
        drawn = generator_from("random-projection", self.seed).standard_normal((self.dim, scope.shape[1]))
        return drawn / self.dim**0.5, np.zeros(self.dim)

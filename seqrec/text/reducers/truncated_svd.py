"""Truncated singular value decomposition: like PCA, but around the origin instead of the mean."""

from typing import Literal

import numpy as np
from jaxtyping import Float64

from seqrec.text.reducers.affine import Map, UnsupervisedConfig


class Config(UnsupervisedConfig):
    """The directions of largest mean square, so that a zero vector stays zero.

    Text embeddings have a large mean, which the first direction then follows. Signs are fixed: the entry of largest
    magnitude of each direction is positive.
    """

    name: Literal["truncated_svd"] = "truncated_svd"

    def find(self, scope: Float64[np.ndarray, "n width"]) -> Map:
        """Returns the right singular vectors of largest singular value, in that order."""
        _, vectors = np.linalg.eigh(scope.T @ scope)
        components = vectors[:, ::-1][:, : self.dim].T
        largest = np.abs(components).argmax(axis=1)
        signs = np.sign(components[np.arange(self.dim), largest])
        return components * signs[:, None], np.zeros(self.dim)

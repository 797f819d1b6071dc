"""Principal component analysis, with which Harte et al. 2023 reduce LLM embeddings."""

from typing import Literal

import numpy as np
from jaxtyping import Float64

from seqrec.text.reducers.affine import Map, UnsupervisedConfig


class Config(UnsupervisedConfig):
    """PCA by exact decomposition with fixed signs; it needs no seed to be reproducible.

    Zero vectors (items without a text) are treated like any other, as in the authors' code: they count in the
    mean, and all map to one point, which is not the origin after the mean is subtracted.
    """

    name: Literal["pca"] = "pca"

    def find(self, scope: Float64[np.ndarray, "n width"]) -> Map:
        """Returns the components of largest variance, in that order, and the mean along them."""
        # Imported late, since the import takes seconds.
        from sklearn.decomposition import PCA  # noqa: PLC0415

        n, width = scope.shape
        # Both solvers are exact; the first is much faster if there are more items than columns.
        pca = PCA(self.dim, svd_solver="covariance_eigh" if n > width else "full")
        pca.fit(scope)
        return pca.components_, pca.components_ @ pca.mean_

"""Principal component analysis, with which Harte et al. 2023 reduce LLM embeddings."""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool
from pydantic import PositiveInt

from seqrec.errors import ConfigError
from seqrec.text.reducers.base import ReducerConfig
from seqrec.types import State, Vectors


class Config(ReducerConfig):
    """PCA by exact decomposition with fixed signs; it needs no seed to be reproducible.

    Zero vectors (items without a text) are treated like any other, as in the authors' code: they count in the
    mean, and all map to one point, which is not the origin after the mean is subtracted.
    """

    name: Literal["pca"] = "pca"
    dim: PositiveInt = 256
    """The number of components, those of largest variance first."""
    fit: Literal["catalogue", "train"] = "catalogue"
    """The items that mean and components are computed from: all, as in the paper, or those that training has seen.
    Texts reveal nothing about who chose what, so `catalogue` leaks no answers, but it does know items that appear
    later."""
    normalise: bool = False
    """Whether each reduced vector is scaled to unit length."""

    @property
    def out_dim(self) -> int | None:
        """The number of components."""
        return self.dim

    def learn(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"]) -> State:
        """Returns the principal components, and the mean along them."""
        # Imported late, since the import takes seconds.
        from sklearn.decomposition import PCA  # noqa: PLC0415

        scope = vectors.values if self.fit == "catalogue" else vectors.values[trained]
        n, width = scope.shape
        if self.dim > min(n, width):
            raise ConfigError(
                "reducer.dim",
                got=f"{self.dim} for {n} vectors of width {width} (fit = '{self.fit}')",
                expected=f"at most {min(n, width)}",
                remedy="Lower the reducer's dim, or use the reducer 'identity'.",
            )
        # Both solvers are exact; the first is much faster if there are more items than columns.
        pca = PCA(self.dim, svd_solver="covariance_eigh" if n > width else "full")
        pca.fit(scope.astype(np.float64))
        components = torch.from_numpy(pca.components_)
        return State({"components": components, "mean": components @ torch.from_numpy(pca.mean_)})

    def transform(self, state: State, vectors: Vectors) -> Vectors:
        """Returns the coordinates along the principal components."""
        components, mean = (state.tensors[name].numpy() for name in ("components", "mean"))
        reduced = vectors.values @ components.T - mean
        if self.normalise:
            lengths = np.linalg.norm(reduced, axis=1, keepdims=True)
            reduced /= np.where(lengths > 0, lengths, 1.0)
        return Vectors(reduced.astype(np.float32))

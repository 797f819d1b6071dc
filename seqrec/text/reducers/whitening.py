"""Whitening, full or partial: principal components whose variances are made more equal."""

from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float64
from pydantic import Field

from seqrec.text.reducers.affine import Map, UnsupervisedConfig

FLOOR = 1e-5
"""What is added to each variance, as a share of the mean variance, so that directions without any stay small."""


class Config(UnsupervisedConfig):
    """Principal components divided by a power of their standard deviation.

    The texts of a catalogue are much alike: their embeddings share a few strong directions, and cosines hardly differ.
    With `power` 1 all directions have variance 1, which makes cosines spread, and rare directions, noise among them,
    as loud as common ones. With 0 it is PCA; values between are a compromise (compare WhitenRec, Zhang et al. 2024,
    which uses full whitening and whitening in groups together).
    """

    name: Literal["whitening"] = "whitening"
    power: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    """The power of the standard deviation: 1 for full whitening, 0 for none."""

    def find(self, scope: Float64[np.ndarray, "n width"]) -> Map:
        """Returns the scaled components of largest variance, and the mean along them."""
        mean = scope.mean(axis=0)
        variances, vectors = np.linalg.eigh(np.cov(scope, rowvar=False, bias=True))
        variances, components = np.clip(variances[::-1], 0.0, None), vectors[:, ::-1].T
        scale = (variances + FLOOR * variances.mean()) ** (-self.power / 2)
        largest = np.abs(components).argmax(axis=1)
        signs = np.sign(components[np.arange(len(components)), largest])
        weights = (components * (signs * scale)[:, None])[: self.dim]
        return weights, weights @ mean

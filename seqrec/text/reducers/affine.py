"""The base of reducers that are affine maps: they differ in how they find the map."""

from abc import abstractmethod
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float64
from pydantic import PositiveInt

from seqrec.errors import ConfigError
from seqrec.text.reducers.base import ReducerConfig
from seqrec.types import Features, State, Vectors

Map = tuple[Float64[np.ndarray, "dim width"], Float64[np.ndarray, " dim"]]
"""An affine map: x -> components @ x - offset."""


class AffineConfig(ReducerConfig):
    """An affine map of item vectors, however it is found."""

    dim: PositiveInt = 256
    """The width of the reduced vectors."""
    fit: Literal["catalogue", "train"] = "catalogue"
    """The items that the map is computed from: all, as in the papers, or those that training has seen. Texts reveal
    nothing about who chose what, so `catalogue` leaks no answers, but it does know items that appear later."""

    @property
    def out_dim(self) -> int | None:
        """The configured width."""
        return self.dim

    def project(self, state: State, vectors: Vectors) -> Vectors:
        """Returns the images of the vectors."""
        components, offset = (state.tensors[name].numpy() for name in ("components", "offset"))
        return Vectors((vectors.values @ components.T - offset).astype(np.float32))


class UnsupervisedConfig(AffineConfig):
    """An affine map that is computed from the vectors alone."""

    may_widen: ClassVar[bool] = False
    """Whether the width may exceed that of the input, or the number of items."""

    @abstractmethod
    def find(self, scope: Float64[np.ndarray, "n width"]) -> Map:
        """Returns the map.

        Args:
            scope: The vectors that it is computed from, at least `dim` of at least this width unless `may_widen`.
        """

    def learn(
        self,
        vectors: Vectors,
        trained: Bool[np.ndarray, " n_items"],
        features: Features | None = None,  # noqa: ARG002
    ) -> State:
        """Returns the map, computed from the items that `fit` names."""
        scope = vectors.values if self.fit == "catalogue" else vectors.values[trained]
        n, width = scope.shape
        if self.dim > min(n, width) and not self.may_widen:
            raise ConfigError(
                "reducer.dim",
                got=f"{self.dim} for {n} vectors of width {width} (fit = '{self.fit}')",
                expected=f"at most {min(n, width)}",
                remedy="Lower the reducer's dim, or use the reducer 'identity'.",
            )
        return as_state(self.find(scope.astype(np.float64)))


def as_state(found: Map) -> State:
    """Returns a map as it is stored."""
    components, offset = found
    return State(
        {
            "components": torch.from_numpy(np.ascontiguousarray(components)),
            "offset": torch.from_numpy(np.ascontiguousarray(offset)),
        }
    )

"""The reducer that leaves the encoder's vectors unchanged, or scales them to unit length."""

from typing import Literal

import numpy as np
from jaxtyping import Bool

from seqrec.text.reducers.base import ReducerConfig
from seqrec.types import Features, State, Vectors


class Config(ReducerConfig):
    """No reduction: the vectors stay as they are, unless `normalise` scales them."""

    name: Literal["identity"] = "identity"

    @property
    def out_dim(self) -> int | None:
        """None: the width of the input."""
        return None

    def learn(
        self,
        vectors: Vectors,  # noqa: ARG002
        trained: Bool[np.ndarray, " n_items"],  # noqa: ARG002
        features: Features | None = None,  # noqa: ARG002
    ) -> State:
        """Learns nothing."""
        return State({})

    def project(self, state: State, vectors: Vectors) -> Vectors:  # noqa: ARG002
        """Returns the same vectors."""
        return vectors

"""The reducer that leaves the encoder's vectors unchanged."""

from typing import Literal

import numpy as np
from jaxtyping import Bool

from seqrec.text.reducers.base import ReducerConfig
from seqrec.types import State, Vectors


class Config(ReducerConfig):
    """No reduction: the vectors stay as they are."""

    name: Literal["identity"] = "identity"

    @property
    def out_dim(self) -> int | None:
        """None: the width of the input."""
        return None

    def learn(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"]) -> State:  # noqa: ARG002
        """Learns nothing."""
        return State({})

    def transform(self, state: State, vectors: Vectors) -> Vectors:  # noqa: ARG002
        """Returns the same vectors."""
        return vectors

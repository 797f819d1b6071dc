"""No reduction: the vectors as the encoder gave them."""

from typing import Literal

import numpy as np
from jaxtyping import Bool

from seqrec.text.reducers.base import ReducerConfig
from seqrec.types import Vectors


class Config(ReducerConfig):
    """Keep the vectors as they are."""

    name: Literal["identity"] = "identity"

    @property
    def out_dim(self) -> int | None:
        """None: the width of the input."""
        return None

    def reduce(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"]) -> Vectors:  # noqa: ARG002
        """The same vectors."""
        return vectors

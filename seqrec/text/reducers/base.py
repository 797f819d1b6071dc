"""What a reducer is: a configuration that maps item vectors to narrower ones."""

from abc import abstractmethod

import numpy as np
from jaxtyping import Bool

from seqrec.config import Config
from seqrec.types import Vectors


class ReducerConfig(Config):
    """How to reduce. One reducer is one file with one `Config`."""

    name: str

    @property
    @abstractmethod
    def out_dim(self) -> int | None:
        """Width of the reduced vectors, or None for that of the input."""

    @abstractmethod
    def reduce(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"]) -> Vectors:
        """Reduced vectors of all items, in the same order.

        Args:
            vectors: What the encoder gave, for every item of the vocabulary.
            trained: The items that training has seen, for a fit scope that must not look further.

        Raises:
            ConfigError: The width asked for does not fit the input.
        """

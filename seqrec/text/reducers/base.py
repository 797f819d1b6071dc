"""The base of reducers: configurations that map item vectors to narrower ones."""

from abc import abstractmethod

import numpy as np
from jaxtyping import Bool

from seqrec.config import Config
from seqrec.types import Vectors


class ReducerConfig(Config):
    """The configuration of a reducer. One reducer is one file with one `Config`."""

    name: str

    @property
    @abstractmethod
    def out_dim(self) -> int | None:
        """The width of the reduced vectors, or None for that of the input."""

    @abstractmethod
    def reduce(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"]) -> Vectors:
        """Returns the reduced vectors of all items, in the same order.

        Args:
            vectors: The encoder's vectors of all items of the vocabulary.
            trained: The items that training has seen, for a reducer that is fitted on these only.

        Raises:
            ConfigError: The configured width does not fit the input.
        """

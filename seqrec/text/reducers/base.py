"""The base of reducers: configurations that map item vectors to narrower ones."""

from abc import abstractmethod

import numpy as np
from jaxtyping import Bool

from seqrec.config import Config
from seqrec.types import State, Vectors


class ReducerConfig(Config):
    """The configuration of a reducer. One reducer is one file with one `Config`."""

    name: str

    @property
    @abstractmethod
    def out_dim(self) -> int | None:
        """The width of the reduced vectors, or None for that of the input."""

    @abstractmethod
    def learn(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"]) -> State:
        """Returns the fitted reducer.

        Args:
            vectors: The encoder's vectors of all items of the vocabulary.
            trained: The items that training has seen, for a reducer that is fitted on these only.

        Raises:
            ConfigError: The configured width does not fit the input.
        """

    @abstractmethod
    def transform(self, state: State, vectors: Vectors) -> Vectors:
        """Returns the reduced vectors of some items, in the same order.

        Args:
            state: The result of `learn`.
            vectors: The encoder's vectors of the items, which may be others than those that it was fitted on.
        """

    def reduce(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"]) -> Vectors:
        """Returns the reduced vectors of all items; the arguments are those of `learn`."""
        return self.transform(self.learn(vectors, trained), vectors)

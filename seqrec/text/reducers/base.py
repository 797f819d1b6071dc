"""The base of reducers: configurations that map item vectors to narrower ones."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from jaxtyping import Bool

from seqrec.config import Config
from seqrec.types import Features, State, Vectors


class ReducerConfig(Config):
    """The configuration of a reducer. One reducer is one file with one `Config`."""

    name: str
    normalise: bool = False
    """Whether each vector is scaled to unit length in the end; a zero vector stays zero."""

    reads_features: ClassVar[bool] = False
    """Whether it is fitted on the brands or the categories of the items."""

    @property
    @abstractmethod
    def out_dim(self) -> int | None:
        """The width of the reduced vectors, or None for that of the input."""

    @abstractmethod
    def learn(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"], features: Features | None = None) -> State:
        """Returns the fitted reducer.

        Args:
            vectors: The encoder's vectors of all items of the vocabulary.
            trained: The items that training has seen, for a reducer that is fitted on these only.
            features: The brands and categories of all items, for a reducer that reads them.

        Raises:
            ConfigError: The configured width does not fit the input.
        """

    @abstractmethod
    def project(self, state: State, vectors: Vectors) -> Vectors:
        """Returns the reduced vectors of some items, before they are scaled; the arguments are those of `transform`."""

    def transform(self, state: State, vectors: Vectors) -> Vectors:
        """Returns the reduced vectors of some items, in the same order.

        Args:
            state: The result of `learn`.
            vectors: The encoder's vectors of the items, which may be others than those that it was fitted on.
        """
        reduced = self.project(state, vectors)
        if not self.normalise:
            return reduced
        lengths = np.linalg.norm(reduced.values, axis=1, keepdims=True)
        return Vectors(reduced.values / np.where(lengths > 0, lengths, np.float32(1.0)))

    def reduce(
        self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"], features: Features | None = None
    ) -> Vectors:
        """Returns the reduced vectors of all items; the arguments are those of `learn`."""
        return self.transform(self.learn(vectors, trained, features), vectors)

"""The base of item tables: configurations of how a network gets one embedding per item."""

from abc import abstractmethod

from torch import nn

from seqrec.config import Config
from seqrec.nn.text_adaptor import TextAdaptor
from seqrec.text.source import VectorSource
from seqrec.types import Vectors


class ItemTableConfig(Config):
    """The configuration of an item table. One item table is one file with one `Config`."""

    name: str

    @property
    def vectors(self) -> VectorSource | None:
        """The vectors that the table is computed from, which must be as wide as the network; None for none."""
        return None

    @abstractmethod
    def build(self, n_items: int, dim: int) -> nn.Embedding | TextAdaptor:
        """Returns the table of `n_items` embeddings of width `dim`, with weights that are not yet initialised."""

    def begin(self, table: nn.Embedding | TextAdaptor, vectors: Vectors, seed: int) -> None:
        """Sets the initial weights of a table that is computed from vectors; others never call it.

        Random numbers come from PyTorch's global generator.

        Args:
            table: The result of `build`, with random weights.
            vectors: The item vectors.
            seed: The seed of the training.
        """
        raise NotImplementedError(f"the item table {self.name} takes no vectors")

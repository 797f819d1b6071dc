"""The base of item tables: configurations of how a network gets one embedding per item."""

from abc import abstractmethod
from collections.abc import Mapping

from jaxtyping import Float
from torch import Tensor

from seqrec.config import Config
from seqrec.nn.item_table import ItemTable
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
    def build(self, n_items: int, dim: int) -> ItemTable:
        """Returns the table of `n_items` embeddings of width `dim`, with weights that are not yet initialised."""

    def extend(
        self,
        weights: Mapping[str, Tensor],  # noqa: ARG002
        vectors: Float[Tensor, "n_more dim"],  # noqa: ARG002
    ) -> Mapping[str, Tensor] | None:
        """Returns the weights of the table for further items; None, by default, if such items mean nothing to it.

        Args:
            weights: The weights of the fitted table, by name.
            vectors: The vectors of all items, those of the further ones at the end.
        """
        return None

    def begin(self, table: ItemTable, vectors: Vectors | None, seed: int) -> None:
        """Sets the initial weights of a table that is computed from vectors; by default, random weights stay.

        Random numbers come from PyTorch's global generator.

        Args:
            table: The result of `build`, with random weights.
            vectors: The item vectors; None if the table needs none.
            seed: The seed of the training.
        """

"""The item tables of networks: one embedding per item, stored or computed."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from jaxtyping import Float, Int64
from torch import Tensor, nn

from seqrec.nn.affine import fit_affine


class ItemTable(nn.Module, ABC):
    """What a network needs of its item table; a call with items returns their embeddings."""

    num_embeddings: int
    embedding_dim: int

    covers_untrained: ClassVar[bool] = False
    """Whether items that training never shows have a meaning, so that the loss must not push them away."""

    @property
    @abstractmethod
    def table(self) -> Float[Tensor, "n_items dim"]:
        """The embeddings of all items."""

    @property
    def table_bytes(self) -> int:
        """The bytes that a training step keeps in order to compute all embeddings; none if they are stored."""
        return 0

    @abstractmethod
    def begin_from(self, earlier: Mapping[str, Tensor], rows: Int64[Tensor, " n_items"], *, informed: bool) -> None:
        """Takes the weights of an earlier table over other items, most of them the same. No gradient is kept.

        Args:
            earlier: The weights of the earlier table, by name.
            rows: The row of each item there; -1 for a new item.
            informed: Whether this table has begun with item vectors.
        """


class IdTable(ItemTable, nn.Embedding):
    """One learned embedding per item."""

    @property
    def table(self) -> Float[Tensor, "n_items dim"]:
        """The embeddings of all items."""
        return self.weight

    def begin_from(self, earlier: Mapping[str, Tensor], rows: Int64[Tensor, " n_items"], *, informed: bool) -> None:
        """Takes the embeddings of the items that are known.

        A new item begins where trained items with such vectors are: at the image of its vector under the affine map
        that leads from the vectors of known items to their trained embeddings. Without vectors it begins at random.
        """
        known = rows >= 0
        trained = earlier["weight"][rows[known]]
        if informed:
            to_trained = fit_affine(self.weight[known], trained)
            self.weight[~known] = to_trained(self.weight[~known])
        self.weight[known] = trained

"""The item tables of networks: one embedding per item, stored or computed."""

from abc import ABC, abstractmethod
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn


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


class IdTable(ItemTable, nn.Embedding):
    """One learned embedding per item."""

    @property
    def table(self) -> Float[Tensor, "n_items dim"]:
        """The embeddings of all items."""
        return self.weight

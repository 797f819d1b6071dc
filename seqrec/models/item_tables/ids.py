"""An item table with one learned embedding per item."""

from typing import Literal

from torch import nn

from seqrec.models.item_tables.base import ItemTableConfig


class Config(ItemTableConfig):
    """One learned embedding per item. An item that training does not show has a meaningless one."""

    name: Literal["ids"] = "ids"

    def build(self, n_items: int, dim: int) -> nn.Embedding:
        """Returns the embeddings."""
        return nn.Embedding(n_items, dim)

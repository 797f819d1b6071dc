"""An item table with one learned embedding per item."""

from typing import Literal

from seqrec.models.item_tables.base import ItemTableConfig
from seqrec.nn.item_table import IdTable


class Config(ItemTableConfig):
    """One learned embedding per item. An item that training does not show has a meaningless one."""

    name: Literal["ids"] = "ids"

    def build(self, n_items: int, dim: int) -> IdTable:
        """Returns the embeddings."""
        return IdTable(n_items, dim)

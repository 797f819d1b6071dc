"""The item tables of networks, one file each. A new one takes its file and one line in `ITEM_TABLES`."""

from typing import TYPE_CHECKING

from seqrec.config import members, union
from seqrec.models.item_tables.base import ItemTableConfig

ITEM_TABLES = members(
    "seqrec.models.item_tables",
    "ids",
    "adaptor",
)

if TYPE_CHECKING:
    AnyItemTable = ItemTableConfig
else:
    AnyItemTable = union(ITEM_TABLES)

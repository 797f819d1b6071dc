"""Ways to split sequences, one file each. A new one is its file and one line in `SPLITS`."""

from typing import TYPE_CHECKING

from seqrec.config import members, union
from seqrec.prepare.splits.base import SplitConfig

SPLITS = members(
    "seqrec.prepare.splits",
    "temporal",
    "leave_one_out",
    "given",
)

if TYPE_CHECKING:
    AnySplit = SplitConfig
else:
    AnySplit = union(SPLITS)

"""The ways to split sequences, one file each. A new one takes one file and one line in `SPLITS`."""

from typing import TYPE_CHECKING

from seqrec.config import members, union
from seqrec.preparation.splits.base import SplitConfig

SPLITS = members(
    "seqrec.preparation.splits",
    "temporal",
    "leave_one_out",
    "given",
)

if TYPE_CHECKING:
    AnySplit = SplitConfig
else:
    AnySplit = union(SPLITS)

"""Losses over the item catalogue, one file each. A new loss takes its file and one line in `LOSSES`."""

from typing import TYPE_CHECKING

from seqrec.config import members, union
from seqrec.nn.losses.base import LossConfig

LOSSES = members(
    "seqrec.nn.losses",
    "softmax",
    "sampled_softmax",
    "gbce",
)

if TYPE_CHECKING:
    AnyLoss = LossConfig
else:
    AnyLoss = union(LOSSES)

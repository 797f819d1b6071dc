"""The reducers of item vectors, one file each. A new one takes one file and one line in `REDUCERS`."""

from typing import TYPE_CHECKING

from seqrec.config import members, union
from seqrec.text.reducers.base import ReducerConfig

REDUCERS: tuple[type[ReducerConfig], ...] = members(
    "seqrec.text.reducers",
    "identity",
    "pca",
    "truncated_svd",
    "whitening",
    "lda",
    "autoencoder",
    "random_projection",
    "smoothing",
)

if TYPE_CHECKING:
    AnyReducer = ReducerConfig
else:
    AnyReducer = union(REDUCERS)

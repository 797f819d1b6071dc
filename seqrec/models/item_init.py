"""Initialisation of a network's item embeddings from item vectors (LLM2BERT4Rec and its kin; Harte et al. 2023, 3.3)."""

from typing import Literal

from seqrec.config import Config
from seqrec.text.source import VectorSource


class ItemInit(Config):
    """Item vectors as the starting point of a trainable item table. Its width must be the network's."""

    source: VectorSource
    scale: Literal["raw", "matched"] = "matched"
    """`raw` takes the vectors as they are, as both papers do; `matched` scales the whole matrix by one factor, so that
    its mean row norm is that of the random initialisation it replaces."""
    permuted: bool = False
    """Give each item the vector of another one: the control that keeps the statistics and destroys the meaning."""

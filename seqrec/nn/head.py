"""The layers between the last hidden state and the product with the item table."""

from typing import Literal

from torch import nn

from seqrec.config import Config
from seqrec.nn.activations import ACTIVATIONS, Activation


class Head(Config):
    """The head that turns hidden states into scores over the item table, tied to the input embeddings."""

    activation: Activation | Literal["none"] = "none"
    """The activation of a dense layer before the product, as in Harte et al. 2023; `none` for no dense layer."""
    bias: bool = True
    """Whether every item has a learned bias. Harte et al. add one scalar, which softmax cancels."""


def transform_of(config: Head, dim: int) -> nn.Module:
    """Returns the layers before the product with the item table."""
    if config.activation == "none":
        return nn.Identity()
    return nn.Sequential(nn.Linear(dim, dim), ACTIVATIONS[config.activation]())

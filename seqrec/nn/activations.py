"""The activations by name."""

from typing import Literal

from torch import nn

Activation = Literal["relu", "gelu"]

ACTIVATIONS: dict[Activation, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU}

"""A network that begins with the weights of an earlier one, which was trained on other items, most of them the same."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from seqrec.nn.network import ItemNetwork
from seqrec.types import State

TABLE_PREFIX = "items."
"""The beginning of the names of the item table's weights in a network."""
BIAS = "bias"


@dataclass(frozen=True, slots=True)
class Start:
    """A fitted network to begin with."""

    state: State
    rows: Int64[np.ndarray, " n_items"]
    """The row of each item in the item table of `state`; -1 for an item that it does not have."""


@torch.no_grad()
def begin_from(network: ItemNetwork, start: Start, *, informed: bool) -> None:
    """Gives a network the weights of `start`, with those of the items as its table carries them over.

    A new item begins with the bias that the network has already.

    Args:
        network: A network on the CPU with its first weights; its configuration is that of `start`.
        start: The network to begin with.
        informed: Whether its item embeddings have begun with vectors.
    """
    rows, weights = torch.from_numpy(start.rows), start.state.tensors
    known = rows >= 0
    network.items.begin_from(table_weights(weights), rows, informed=informed)
    if network.bias is not None:
        network.bias[known] = weights[BIAS][rows[known]]
    others = {name: weight for name, weight in network.state_dict().items() if not _is_per_item(name)}
    for name, weight in others.items():
        weight.copy_(weights[name])


def table_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Returns those of a network's weights that belong to its item table, by their name there."""
    return {
        name.removeprefix(TABLE_PREFIX): weight for name, weight in weights.items() if name.startswith(TABLE_PREFIX)
    }


def _is_per_item(name: str) -> bool:
    return name == BIAS or name.startswith(TABLE_PREFIX)

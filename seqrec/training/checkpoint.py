"""An unfinished training as tensors and facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from seqrec.json_value import Value
from seqrec.types import State

Phase = Literal["fit", "refit"]


@dataclass(slots=True)
class Progress(Value):
    """The progress of a training."""

    seed: int
    """The whole random state between two epochs, since the draws of each are seeded by seed, phase and epoch."""
    phase: Phase = "fit"
    epoch: int = 0
    """The number of finished epochs of the phase."""
    elapsed_s: float = 0.0
    """The seconds spent on the next epoch, if it has begun."""
    best_epoch: int = 0
    best_value: float = float("-inf")
    """The validation metric at `best_epoch`."""


def snapshot(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Returns copies in main memory, which further training does not change."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}


def pack(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    best: Mapping[str, Tensor],
    unfinished: Mapping[str, Tensor],
    progress: Progress,
) -> State:
    """Packs weights, optimiser state, best weights so far, an unfinished epoch, and progress into one state."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in best.items()}
    tensors |= {f"unfinished.{name}": tensor for name, tensor in unfinished.items()}
    for name, parameter in network.named_parameters():
        tensors |= {f"optimiser.{name}.{key}": tensor for key, tensor in optimiser.state[parameter].items()}
    return State(snapshot(tensors), progress.to_json())


def unpack(
    state: State, network: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[dict[str, Tensor], dict[str, Tensor], Progress]:
    """Restores weights and optimiser to their state at `pack`; returns the other arguments of `pack`."""
    network.load_state_dict(_under("network.", state.tensors))
    for name, parameter in network.named_parameters():
        kept = _under(f"optimiser.{name}.", state.tensors)
        optimiser.state[parameter] = {key: tensor.to(parameter.device, copy=True) for key, tensor in kept.items()}
    return _under("best.", state.tensors), _under("unfinished.", state.tensors), Progress.from_json(state.facts)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}

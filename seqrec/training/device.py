"""The device that networks are trained on, and the precision."""

import os
from typing import Literal

import torch

from seqrec.errors import ConfigError

Precision = Literal["float32", "bfloat16"]


def resolve_device(name: str) -> torch.device:
    """Returns the device called `name`; `auto` means the GPU if there is one, else the CPU.

    Raises:
        ConfigError: The machine has no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    n_gpus = torch.cuda.device_count()
    known = ["auto", "cpu", *(["cuda"] if n_gpus else []), *(f"cuda:{i}" for i in range(n_gpus))]
    if name not in known:
        raise ConfigError(
            "device",
            got=f"'{name}'",
            expected=f"one of {', '.join(known)}",
            remedy="Name a device that this machine has, or leave the choice to auto.",
        )
    return torch.device(name)


def resolve_precision(name: Literal["auto", "float32", "bfloat16"], device: torch.device) -> Precision:
    """Returns the type of matrix products; `auto` means bfloat16 if the hardware multiplies it, else float32."""
    if name != "auto":
        return name
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    # Without AMX, a CPU gains less from bfloat16 products than the casts around them cost.
    return "bfloat16" if torch.cpu.get_capabilities().get("amx_bf16", False) else "float32"


def make_repeatable(device: torch.device) -> None:
    """Makes operations on a GPU deterministic, bit for bit; on a CPU they always are.

    This holds for the whole process. An operation without a deterministic form still runs, with a warning.
    """
    if device.type == "cuda":
        # cuBLAS reads it at the first product.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]

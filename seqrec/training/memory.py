"""The free memory of a device, and the peak memory of a block of code."""

from pathlib import Path
from types import TracebackType

import psutil
import torch

from seqrec.training.cgroups import left_bytes
from seqrec.training.distributed import ProcessGroup

STATUS = Path("/proc/self/status")
REFERENCES = Path("/proc/self/clear_refs")


def free_bytes(device: torch.device) -> int:
    """Returns the bytes that this process may still take of the GPU, or of the machine within its control groups.

    Processes that train together on a CPU have equal shares of the machine's memory.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        # PyTorch uses memory that it has reserved but not allocated for the next tensors.
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    return min([psutil.virtual_memory().available, *left_bytes()]) // ProcessGroup.here().size


class Peak:
    """Measures the peak memory of a block, beyond what was in use when it began.

    On a GPU it counts PyTorch's tensors; on a CPU all memory of the process, including that of other threads.
    """

    n_bytes: int | None = None
    """The bytes at the peak; None before the end of the block, and if the system does not report it."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._before: int | None = None

    def __enter__(self) -> "Peak":
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            self._before = torch.cuda.memory_allocated(self._device)
        elif _forget_largest_resident():
            self._before = _largest_resident_bytes()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._before is None:
            return
        most = (
            torch.cuda.max_memory_allocated(self._device) if self._device.type == "cuda" else _largest_resident_bytes()
        )
        if most is not None:
            # The system counts pages roughly: the peak can come out slightly below the value before.
            self.n_bytes = max(0, most - self._before)


def _forget_largest_resident() -> bool:
    """Resets the largest resident set to the current one; returns whether the system allows it."""
    try:
        REFERENCES.write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def _largest_resident_bytes() -> int | None:
    lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)

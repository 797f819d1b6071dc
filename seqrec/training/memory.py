"""What a device has left, and what a block of work took of it."""

from pathlib import Path
from types import TracebackType

import psutil
import torch

from seqrec.training.cgroups import left_bytes
from seqrec.training.distributed import ProcessGroup

STATUS = Path("/proc/self/status")
REFERENCES = Path("/proc/self/clear_refs")


def free_bytes(device: torch.device) -> int:
    """Memory that this process may still take: the GPU's, or the machine's within the limits of its control groups.

    Of a machine's memory, processes that train together on the CPU have equal parts.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        # What PyTorch has taken and does not use is there for the next tensors.
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    return min([psutil.virtual_memory().available, *left_bytes()]) // ProcessGroup.here().size


class Peak:
    """Measures what a block takes at most, beyond what was there when it began.

    On a GPU these are PyTorch's tensors; on a CPU all memory of the process, so that work of other threads counts too.
    """

    n_bytes: int | None = None
    """The most; None before the end of the block, and where the system does not say."""

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
            # The system counts pages roughly: the largest set can come out a little below what was there before.
            self.n_bytes = max(0, most - self._before)


def _forget_largest_resident() -> bool:
    """Have the largest resident set start again from the present one, where the system lets us."""
    try:
        REFERENCES.write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def _largest_resident_bytes() -> int | None:
    lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)

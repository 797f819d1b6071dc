"""CUDA streams for the exclusive use of one training each."""

import threading
import weakref
from types import TracebackType
from typing import Final

import torch

N_STREAMS: Final = 32
"""The number of streams that PyTorch has for each GPU; it hands them out in turn, even if they are still in use."""

_CHOICE = threading.Lock()
_TAKEN: set[int] = set()


class CudaStream:
    """Runs a block under `with` on its own stream, independent of other threads; does nothing on a CPU.

    A training keeps its stream as long as it lives, and no other training gets the same one meanwhile. Recorded steps
    on one stream share buffers of the CUDA libraries, which are freed together with any of these steps.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = _free_stream(device) if device.type == "cuda" else None
        if self._stream is not None:
            weakref.finalize(self, _TAKEN.discard, self._stream.cuda_stream)

    def __enter__(self) -> None:
        if self._stream is not None:
            self._outer = torch.cuda.current_stream(self._device)
            self._stream.wait_stream(self._outer)
            torch.cuda.set_stream(self._stream)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._stream is not None:
            torch.cuda.set_stream(self._outer)
            self._outer.wait_stream(self._stream)


def _free_stream(device: torch.device) -> torch.cuda.Stream:
    """Returns a stream that no training uses. If there are more trainings than streams, some share one."""
    with _CHOICE:
        for _ in range(N_STREAMS):
            stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
            if stream.cuda_stream not in _TAKEN:
                break
        _TAKEN.add(stream.cuda_stream)
    return stream

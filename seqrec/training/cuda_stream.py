"""A CUDA stream that one training has for itself."""

import threading
import weakref
from types import TracebackType
from typing import Final

import torch

N_STREAMS: Final = 32
"""PyTorch has so many streams for each GPU, and hands them out in turn, whoever may have them still."""

_CHOICE = threading.Lock()
_TAKEN: set[int] = set()


class CudaStream:
    """The work of a block under `with` neither holds up that of other threads nor waits for it; on a CPU nothing.

    A training keeps its stream as long as it lives, and no other training gets the same one meanwhile: recorded steps
    share what the libraries keep for a stream, and that is thrown away when any of them is.
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
    """One that no training has; where there are more trainings than streams, they share."""
    with _CHOICE:
        for _ in range(N_STREAMS):
            stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
            if stream.cuda_stream not in _TAKEN:
                break
        _TAKEN.add(stream.cuda_stream)
    return stream

"""The random draws of a training, reproducible from its seed alone."""

import threading
from types import TracebackType

import torch
from torch import Tensor

_TURN = threading.Lock()


class IsolatedRng:
    """PyTorch's global generator as one training sees it, regardless of the draws of other threads.

    PyTorch has one generator per device and process, so two threads that train at once would draw from it in an
    arbitrary order. A block under `with` has the generator to itself, continues where the training's last block ended,
    and leaves the generator as it was.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        """Starts a new stream of draws.

        Args:
            seed: The seed of all draws.
            device: The device that draws.
        """
        self._generator = _generator_of(device)
        self._own = torch.Generator(device).manual_seed(seed).get_state()

    @property
    def state(self) -> Tensor:
        """The place in the stream of draws; valid between two blocks."""
        return self._own

    def restore(self, state: Tensor) -> None:
        """Continues from the place of an earlier stream."""
        self._own = state.clone()

    def __enter__(self) -> "IsolatedRng":
        _TURN.acquire()
        try:
            self._others = self._generator.get_state()
            self._generator.set_state(self._own)
        except BaseException:
            _TURN.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._own = self._generator.get_state()
            self._generator.set_state(self._others)
        finally:
            _TURN.release()


def _generator_of(device: torch.device) -> torch.Generator:
    if device.type == "cpu":
        return torch.default_generator
    index = torch.cuda.current_device() if device.index is None else device.index
    return torch.cuda.default_generators[index]

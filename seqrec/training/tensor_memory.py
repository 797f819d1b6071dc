"""The memory of tensors, counted as they come and go."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class TensorMemory(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts every tensor that is made in a block, gradients and the optimiser's state included.

    No allocator is asked, so that it works just as well for tensors that have shapes but no memory. What an operation
    needs inside itself is not seen.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now_bytes = 0
        """Of the tensors that are alive."""
        self.peak_bytes = 0
        """The most there ever was at a time, since the last `most_of` if there was one."""
        self._places: set[int] = set()

    def most_of(self, work: Callable[[], object]) -> int:
        """Bytes that `work` takes at its peak, beside what is there before."""
        before = self.peak_bytes = self.now_bytes
        work()
        return self.peak_bytes - before

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - PyTorch's own
        """Do the operation, and count what is new in its results."""
        results = func(*args, **(kwargs or {}))
        for result in tree_leaves(results):
            if isinstance(result, Tensor):
                self._count(result.untyped_storage())
        return results

    def _count(self, storage: torch.UntypedStorage) -> None:
        # Views share the storage of their base; it is counted once, and forgotten with the last of them.
        place = storage._cdata  # noqa: SLF001 - its identity
        if place in self._places:
            return
        self._places.add(place)
        n_bytes = storage.nbytes()
        self.now_bytes += n_bytes
        self.peak_bytes = max(self.peak_bytes, self.now_bytes)
        weakref.finalize(storage, self._forget, place, n_bytes)

    def _forget(self, place: int, n_bytes: int) -> None:
        self._places.discard(place)
        self.now_bytes -= n_bytes

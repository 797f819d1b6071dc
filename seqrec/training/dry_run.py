"""A computation done with tensors that have shapes but no memory, to learn what it would take.

What is counted is the program itself, whatever it is: a new network or loss needs no formula. The kernels are those of
a CPU, also where a GPU is to do the work: they hold the same results for the backward pass, or more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from seqrec.training.tensor_memory import TensorMemory


@contextmanager
def dry_run() -> Iterator[TensorMemory]:
    """A block in which every tensor is made without memory; gives the count of what they would take."""
    with FakeTensorMode(), _AllChosen(), TensorMemory() as live:  # type: ignore[no-untyped-call]
        yield live


class _AllChosen(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Answers for the numbers that a rehearsal does not have: a mask chooses everything, and a single number is 1.

    No batch has more positions than one without padding.
    """

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - PyTorch's own
        """Do the operation, with numbers of places instead of masks."""
        if func is torch.ops.aten.nonzero.default:
            return _all_places(args[0])
        if func is torch.ops.aten.index.Tensor:
            places = [place for index in args[1] for place in _as_places(index)]
            return func(args[0], places)
        if func is torch.ops.aten._local_scalar_dense.default:  # noqa: SLF001 - how PyTorch calls `item`
            return 1.0 if args[0].is_floating_point() else 1
        return func(*args, **(kwargs or {}))


def _as_places(index: Tensor | None) -> list[Tensor | None]:
    if index is None or index.dtype != torch.bool:
        return [index]
    return list(_all_places(index).unbind(1))


def _all_places(mask: Tensor) -> Tensor:
    return mask.new_empty((mask.numel(), mask.ndim), dtype=torch.int64)

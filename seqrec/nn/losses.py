"""Softmax cross-entropy over the whole catalogue: the formula, and the same without ever holding all logits.

Both are means over positions, in nats.
"""

from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

CHUNK_ELEMENTS = {"cpu": 2**23, "cuda": 2**28}
"""Logits held at a time. On a CPU a chunk should stay near the cache, for softmax is bound by memory; on a
GPU it should be large, for small kernels are bound by their launch."""

ROW_STEP = 128
"""Chunks have a multiple of this many rows. The CPU's library compiles and keeps a product for every new shape,
and the number of positions of a batch is new nearly every time: in Beauty's epochs that took half of the time
and a quarter of a gigabyte each."""


def cross_entropy(
    hidden: Float[Tensor, "n_positions dim"],
    table: Float[Tensor, "n_items dim"],
    bias: Float[Tensor, " n_items"] | None,
    targets: Int64[Tensor, " n_positions"],
) -> Float[Tensor, ""]:
    """Mean over positions of `-log softmax(hidden @ table.T + bias)[target]`, as the formula has it."""
    return functional.cross_entropy(functional.linear(hidden, table, bias), targets)


def linear_cross_entropy(
    hidden: Float[Tensor, "n_positions dim"],
    table: Float[Tensor, "n_items dim"],
    bias: Float[Tensor, " n_items"] | None,
    targets: Int64[Tensor, " n_positions"],
) -> Float[Tensor, ""]:
    """`cross_entropy`, chunk by chunk over positions, with the gradients computed on the way forward.

    A chunk's logits become its probabilities in place, and these give the gradients at once, so that memory
    does not grow with positions times items and no product is computed twice. It can be differentiated once.

    Under autocast, products and the probabilities between them are of its type, as with PyTorch's own layers;
    sums within softmax are float32 in any case. A loss above 87 nats, where the target's probability is no
    number of that range any more, is reported as 87; its gradient is exact.
    """
    kind = hidden.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else table.dtype
    if bias is not None:
        # A bias is one more column of the table: the products add it, and give its gradient, for nothing.
        hidden = torch.cat([hidden.to(table.dtype), table.new_ones(len(hidden), 1)], 1)
        table = torch.cat([table, bias[:, None]], 1)
    n_rows = _even_rows(len(targets), CHUNK_ELEMENTS[kind] // len(table))
    loss: Tensor = _LinearCrossEntropy.apply(hidden, table, targets, dtype, n_rows)  # type: ignore[no-untyped-call]
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - PyTorch's own
        hidden: Tensor,
        table: Tensor,
        targets: Tensor,
        dtype: torch.dtype,
        n_rows: int,
    ) -> Tensor:
        n_positions = len(targets)
        # Rows of zeros fill up the last chunk: whatever their error, they add nothing to the table's gradient.
        surplus = -n_positions % n_rows
        states = functional.pad(hidden.to(dtype), (0, 0, 0, surplus))
        weights, targets = table.to(dtype), functional.pad(targets, (0, surplus))
        losses = torch.empty(len(targets), device=table.device, dtype=table.dtype)
        states_grad, table_grad = torch.empty_like(states), torch.zeros_like(table)
        logits = weights.new_empty(n_rows, len(weights))
        with torch.autocast(hidden.device.type, enabled=False):
            for start in range(0, len(targets), n_rows):
                rows = slice(start, start + n_rows)
                torch.mm(states[rows], weights.T, out=logits)
                losses[rows] = _turn_into_error(logits, targets[rows])
                torch.mm(logits, weights, out=states_grad[rows])
                table_grad += logits.T @ states[rows]
        ctx.save_for_backward(states_grad[:n_positions].to(hidden.dtype), table_grad)
        ctx.n_positions = n_positions
        return losses[:n_positions].mean()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 - PyTorch's own
        hidden_grad, table_grad = ctx.saved_tensors
        scale = grad / ctx.n_positions
        return hidden_grad * scale, table_grad * scale, None, None, None


def _even_rows(n_positions: int, limit: int) -> int:
    """Rows of chunks that are as even as can be, no larger than `limit` if that is a step or more."""
    n_chunks = -(-n_positions // max(ROW_STEP, limit // ROW_STEP * ROW_STEP))
    return ROW_STEP * -(-n_positions // (n_chunks * ROW_STEP))


def _turn_into_error(logits: Tensor, targets: Tensor) -> Tensor:
    """Write over logits their gradient, softmax minus one-hot, and return the loss of each position."""
    rows = torch.arange(len(targets), device=targets.device)
    torch.softmax(logits, 1, out=logits)
    wanted = logits[rows, targets]
    logits[rows, targets] = wanted - 1
    return -wanted.float().clamp(min=torch.finfo(torch.float32).tiny).log()

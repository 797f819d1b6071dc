"""Softmax cross-entropy over the whole catalogue: as a plain formula, and in chunks that never hold all logits."""

from typing import Any, Literal

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional

from seqrec.nn.losses.base import ItemLoss, LossConfig, blanked, mean_over, n_counted
from seqrec.nn.losses.chunks import chunks

CHUNK_ELEMENTS = {"cpu": 2**23, "cuda": 2**29}
"""The number of logits that are held at a time. On a CPU a chunk should stay near the cache, because softmax is bound
by memory; on a GPU it should be large, because each chunk reads and writes the gradient of the whole table."""

ROW_STEP = 128
"""The number of rows of a chunk is a multiple of this. The CPU's library compiles and keeps a product for each new
shape, and nearly every batch has another number of positions: on Beauty that took half of the time, and a quarter of a
gigabyte in each epoch."""

ALIGNMENT_BYTES = {"cpu": 64, "cuda": 16}
"""Items and columns are rounded up to multiples of this many bytes, the width of the hardware's tiles. With 12,101
items and 65 columns the products took a CPU nearly twice as long."""


class Config(LossConfig):
    """Softmax cross-entropy over the whole catalogue."""

    name: Literal["softmax"] = "softmax"

    def build(self, n_items: int) -> "Softmax":  # noqa: ARG002 - only sampling needs to know
        """Returns the loss over a catalogue of `n_items`."""
        return Softmax()


class Softmax(ItemLoss):
    """`linear_cross_entropy` as a module."""

    def forward(
        self,
        queries: Float[Tensor, "n_positions dim"],
        table: Float[Tensor, "n_items dim"],
        bias: Float[Tensor, " n_items"] | None,
        targets: Int64[Tensor, " n_positions"],
        counted: Bool[Tensor, " n_positions"] | None = None,
    ) -> Float[Tensor, ""]:
        """See `ItemLoss`."""
        return linear_cross_entropy(queries, table, bias, targets, counted)


def cross_entropy(
    queries: Float[Tensor, "n_positions dim"],
    table: Float[Tensor, "n_items dim"],
    bias: Float[Tensor, " n_items"] | None,
    targets: Int64[Tensor, " n_positions"],
    counted: Bool[Tensor, " n_positions"] | None = None,
) -> Float[Tensor, ""]:
    """Returns the mean over positions of `-log softmax(queries @ table.T + bias)[target]`, computed as written."""
    logits = functional.linear(blanked(queries, counted), table, bias)
    return mean_over(functional.cross_entropy(logits, targets, reduction="none"), counted)


def linear_cross_entropy(
    queries: Float[Tensor, "n_positions dim"],
    table: Float[Tensor, "n_items dim"],
    bias: Float[Tensor, " n_items"] | None,
    targets: Int64[Tensor, " n_positions"],
    counted: Bool[Tensor, " n_positions"] | None = None,
) -> Float[Tensor, ""]:
    """Computes `cross_entropy` chunk by chunk over positions, with gradients computed in the forward pass.

    A chunk's logits become its probabilities in place, and these give the gradients at once. So memory does not grow
    with positions times items, and no product is computed twice. It can be differentiated once.

    Under autocast, products and the probabilities between them have its type, as with PyTorch's own layers; sums within
    softmax are always float32. A loss above 87 nats, where the target's probability underflows, is reported as 87; its
    gradient is exact.

    With products of `b` bytes, and items and columns (`dim`, and one for the bias) rounded up to `ALIGNMENT_BYTES`, it
    holds at its peak, besides arguments and their gradients:

    * `items * columns * (b + 4)` bytes: the table in the type of the products, and its gradient in float32, and
      `items * columns * b` more, for what a chunk adds to the gradient, if `b` is less than 4;
    * `rows * items * b` for a chunk's logits, with `rows * items` about `CHUNK_ELEMENTS`, but at least `ROW_STEP` rows,
      and as much again if `b` is less than 4, on a CPU whose library multiplies a transposed copy;
    * `positions * (columns + dim) * b`: the queries and their gradient.

    1 M items of width 256 and 51,200 positions in bfloat16 take 3.2 GB on a GPU.
    """
    kind = queries.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else table.dtype
    n_rows = _chunk_rows(len(targets), len(table), kind)
    loss: Tensor = _LinearCrossEntropy.apply(  # type: ignore[no-untyped-call]
        blanked(queries, counted), table, bias, targets, counted, dtype, n_rows
    )
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - PyTorch's own
        queries: Tensor,
        table: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        counted: Tensor | None,
        dtype: torch.dtype,
        n_rows: int,
    ) -> Tensor:
        n_positions, (n_items, dim) = len(targets), table.shape
        # Rows of zeros fill up the last chunk and replace positions that do not count: whatever their error, they add
        # nothing to the table's gradient.
        surplus = -n_positions % n_rows
        targets = functional.pad(targets, (0, surplus))
        # A bias is one more column of the table: the products then add it and give its gradient at no cost.
        one = None if bias is None else queries.new_ones(n_positions) if counted is None else counted
        states = _with_column(queries, one, len(targets), dtype)
        weights = _with_column(table, bias, _aligned(n_items, dtype, table.device), dtype)
        states_grad, table_grad = states.new_empty(len(states), dim), torch.zeros_like(weights, dtype=table.dtype)
        losses = table.new_empty(len(targets))
        logits = weights.new_empty(n_rows, len(weights))
        with torch.autocast(queries.device.type, enabled=False):
            for rows in chunks(targets, n_rows):
                torch.mm(states[rows], weights.T, out=logits)
                logits[:, n_items:] = -torch.inf
                losses[rows] = _turn_into_error(logits, targets[rows])
                torch.mm(logits, weights[:, :dim], out=states_grad[rows])
                _add_product(table_grad, logits.T, states[rows])
        losses, queries_grad = losses[:n_positions], states_grad[:n_positions].to(queries.dtype)
        ctx.save_for_backward(queries_grad, table_grad[:n_items])
        ctx.n_counted, ctx.biased = n_counted(losses, counted), bias is not None
        return mean_over(losses, counted)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 - PyTorch's own
        queries_grad, table_grad = ctx.saved_tensors
        scale, dim = grad / ctx.n_counted, queries_grad.shape[1]
        bias_grad = table_grad[:, dim] * scale if ctx.biased else None
        return queries_grad * scale, table_grad[:, :dim] * scale, bias_grad, None, None, None, None


def _aligned(n: int, dtype: torch.dtype, device: torch.device) -> int:
    step = max(1, ALIGNMENT_BYTES[device.type] // dtype.itemsize)
    return -(-n // step) * step


def _chunk_rows(n_positions: int, n_items: int, kind: str) -> int:
    """Returns the rows of chunks of equal size: at most `CHUNK_ELEMENTS` logits, but at least `ROW_STEP` rows."""
    limit = CHUNK_ELEMENTS[kind] // n_items
    n_chunks = max(1, -(-n_positions // max(ROW_STEP, limit // ROW_STEP * ROW_STEP)))
    return ROW_STEP * max(1, -(-n_positions // (n_chunks * ROW_STEP)))


def _with_column(left: Tensor, column: Tensor | None, n_rows: int, dtype: torch.dtype) -> Tensor:
    """Returns `left` with `column`, if any, appended, zero-padded to `n_rows` rows and an aligned number of columns."""
    height, width = left.shape
    made = left.new_zeros(n_rows, _aligned(width + (column is not None), dtype, left.device), dtype=dtype)
    made[:height, :width] = left
    if column is not None:
        made[:height, width] = column
    return made


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """Adds `left @ right` to `total`, without a temporary if they have the same type."""
    if left.dtype == total.dtype:
        total.addmm_(left, right)
    else:
        total += left @ right


def _turn_into_error(logits: Tensor, targets: Tensor) -> Tensor:
    """Overwrites logits with their gradient, softmax minus one-hot, and returns the loss of each position."""
    rows = torch.arange(len(targets), device=targets.device)
    torch.softmax(logits, 1, out=logits)
    wanted = logits[rows, targets]
    logits[rows, targets] = wanted - 1
    return -wanted.float().clamp(min=torch.finfo(torch.float32).tiny).log()

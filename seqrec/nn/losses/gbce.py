"""gBCE, a binary cross-entropy that sampling does not make overconfident (Petrov and Macdonald 2023, gSASRec).

Sampled negatives make every item look more likely than it is, because most of the evidence against it is not drawn.
gBCE raises the positive's probability to the power `beta`, between 1 (plain binary cross-entropy) and the share of
items that is drawn (scores ordered as with the whole catalogue). With `n_negatives = 1` and `t = 0` it is the loss of
the original SASRec (Kang and McAuley 2018). Where we deviate:

* the terms of a position are summed, not averaged, so that a position with one negative costs what it did in SASRec;
* all scores are shifted by the same `log(beta / n_negatives)`, which does not change their order. It is the score at
  which target and negatives pull equally hard. Without the shift, a network first learns that hardly any item is a
  target: all embeddings move away from the mean query, and become similar before they have learnt anything else. On a
  chain of 40 items, where each item determines the next, SASRec stayed at chance for 30 epochs without the shift, and
  had learnt the chain after 9 epochs with it (`docs/log.md`). With one negative and `t = 0` the shift is zero.
"""

import math
from typing import Annotated, Any, Literal

import torch
from jaxtyping import Bool, Float, Int64
from pydantic import Field, PositiveInt
from torch import Tensor
from torch.nn import functional

from seqrec.errors import ConfigError
from seqrec.nn.losses.base import ItemLoss, LossConfig, blanked, mean_over, n_counted
from seqrec.nn.losses.chunks import chunks

CHUNK_ELEMENTS = {"cpu": 2**20, "cuda": 2**28}
"""The number of elements of drawn rows that are held at a time; on a CPU, as many as fit into a cache."""


class Config(LossConfig):
    """Binary cross-entropy with sampled negatives, calibrated (Petrov and Macdonald 2023)."""

    name: Literal["gbce"] = "gbce"
    n_negatives: PositiveInt = 256
    """The number of items drawn for each position, uniformly and with replacement, from all items except its target."""
    t: Annotated[float, Field(ge=0.0, le=1.0)] = 0.75
    """The strength of the calibration, from 0 (plain binary cross-entropy) to 1 (full)."""

    def build(self, n_items: int) -> "GBCE":
        """Returns the loss over a catalogue of `n_items`.

        Raises:
            ConfigError: The catalogue has only one item.
        """
        if n_items < 2:
            raise ConfigError(
                "loss.name",
                got=f"'gbce' with a catalogue of {n_items}",
                expected="two items or more, so that there is a negative",
                remedy="Use softmax, or prepare the data with a smaller core.",
            )
        return GBCE(self, n_items)

    def beta(self, n_items: int) -> float:
        """The power of the positive's probability: `1 - t (1 - share drawn)`, equation 14 of the paper simplified."""
        drawn = min(1.0, self.n_negatives / (n_items - 1))
        return 1.0 - self.t * (1.0 - drawn)


class GBCE(ItemLoss):
    """`gbce` with negatives that it draws."""

    n_negatives: int

    def __init__(self, config: Config, n_items: int) -> None:
        super().__init__()
        self.n_negatives, self.n_items, self.beta = config.n_negatives, n_items, config.beta(n_items)
        self.shift = math.log(self.beta / self.n_negatives)

    def forward(
        self,
        queries: Float[Tensor, "n_positions dim"],
        table: Float[Tensor, "n_items dim"],
        bias: Float[Tensor, " n_items"] | None,
        targets: Int64[Tensor, " n_positions"],
        counted: Bool[Tensor, " n_positions"] | None = None,
    ) -> Float[Tensor, ""]:
        """See `ItemLoss`."""
        return gbce(queries, table, bias, targets, counted, self.draw(targets), self.beta, self.shift)

    def draw(self, targets: Int64[Tensor, " n_positions"]) -> Int64[Tensor, "n_positions n_negatives"]:
        """Draws items for each position, uniformly over all except its target; draws from the target on move up."""
        draws = torch.randint(self.n_items - 1, (len(targets), self.n_negatives), device=targets.device)
        return draws + (draws >= targets[:, None])


def gbce(
    queries: Float[Tensor, "n_positions dim"],
    table: Float[Tensor, "n_items dim"],
    bias: Float[Tensor, " n_items"] | None,
    targets: Int64[Tensor, " n_positions"],
    counted: Bool[Tensor, " n_positions"] | None,
    negatives: Int64[Tensor, "n_positions n_negatives"],
    beta: float,
    shift: float,
) -> Float[Tensor, ""]:
    """Returns the mean of `-beta log sigmoid(s+) - sum of log(1 - sigmoid(s-))` of shifted scores, in float32.

    Gradients are computed in the forward pass, chunk by chunk over positions, because the drawn rows of many positions
    would not fit into memory. It can be differentiated once.

    Besides arguments and their gradients, it holds another gradient of the table, 20 bytes per position and
    negative, and twice `CHUNK_ELEMENTS` numbers.
    """
    n_rows = _chunk_rows(len(targets), negatives.shape[1] + 1, table.shape[1], table.device.type)
    items = torch.cat([targets[:, None], negatives], 1)
    loss: Tensor = _GBCE.apply(  # type: ignore[no-untyped-call]
        blanked(queries, counted).to(table.dtype), table, bias, items, counted, beta, shift, n_rows
    )
    return loss


class _GBCE(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - PyTorch's own
        queries: Tensor,
        table: Tensor,
        bias: Tensor | None,
        items: Tensor,
        counted: Tensor | None,
        beta: float,
        shift: float,
        n_rows: int,
    ) -> Tensor:
        losses, queries_grad = table.new_empty(len(items)), torch.empty_like(queries)
        table_grad, bias_grad = torch.zeros_like(table), None if bias is None else torch.zeros_like(bias)
        with torch.autocast(queries.device.type, enabled=False):
            for part in chunks(items, n_rows):
                drawn, query = functional.embedding(items[part], table), queries[part]
                scores = torch.bmm(drawn, query[:, :, None])[:, :, 0] + shift
                if bias is not None:
                    scores += bias[items[part]]
                losses[part], error = _loss_and_error(scores, beta)
                if counted is not None:
                    error.masked_fill_(~counted[part, None], 0.0)
                queries_grad[part] = torch.bmm(error[:, None, :], drawn)[:, 0]
                torch.mul(error[:, :, None], query[:, None, :], out=drawn)
                _add_to(table_grad, items[part].flatten(), drawn.flatten(0, 1))
                if bias_grad is not None:
                    _add_to(bias_grad, items[part].flatten(), error.flatten())
        ctx.save_for_backward(queries_grad, table_grad, bias_grad)
        ctx.n_counted = n_counted(losses, counted)
        return mean_over(losses, counted)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 - PyTorch's own
        scale = grad / ctx.n_counted
        gradients = (None if tensor is None else tensor * scale for tensor in ctx.saved_tensors)
        return *gradients, None, None, None, None, None


def _chunk_rows(n_positions: int, n_drawn: int, dim: int, kind: str) -> int:
    return max(1, min(n_positions, CHUNK_ELEMENTS[kind] // (n_drawn * dim)))


def _add_to(total: Tensor, items: Tensor, parts: Tensor) -> None:
    """Adds each part to its item; on a GPU in a fixed order, so that a training is reproducible."""
    if total.device.type == "cuda":
        total.index_put_((items,), parts, accumulate=True)
    else:
        total.index_add_(0, items, parts)


def _loss_and_error(scores: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """Returns the loss of each position, whose first score is that of the target, and its gradient by the scores."""
    positive, negative = scores[:, 0], scores[:, 1:]
    losses = beta * functional.softplus(-positive) + functional.softplus(negative).sum(1)
    error = torch.sigmoid(scores)
    error[:, 0] = -beta * torch.sigmoid(-positive)
    return losses, error

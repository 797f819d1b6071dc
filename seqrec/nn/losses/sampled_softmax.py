"""Sampled softmax: cross-entropy over the target and a few drawn items, corrected for how they were drawn.

A draw of `n` items from `q` estimates the sum of `exp(score)` over all items except the target, if each drawn item
is weighted by the inverse of its expected count `n q` and hits of the target are left out. So `log(n q)` is
subtracted from the scores of the negatives (Bengio and Senecal 2008; "logQ correction" in Yi et al. 2019). Yi et
al. correct the score of the target as well. We do not: the target is always present, so its expected count is 1,
and only then does the loss approach the full one as `n` grows. Khrylchenko et al. 2025 ("Correcting the LogQ
Correction") find the same, and write it as a weight on the sampled loss, one minus the target's probability. If
that probability is estimated from the same draw, as theirs is, the gradient equals that of the loss here.
"""

import math
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int64
from pydantic import PositiveInt
from torch import Tensor
from torch.nn import functional

from seqrec.nn.losses.base import ItemLoss, LossConfig, blanked, mean_over


class Config(LossConfig):
    """Softmax over the target and a few drawn items, with logQ correction (Yi et al. 2019)."""

    name: Literal["sampled_softmax"] = "sampled_softmax"
    n_negatives: PositiveInt = 512
    """The number of items drawn for each step, with replacement; all positions of the step share them."""
    sampling: Literal["uniform", "popularity"] = "uniform"
    """How items are drawn: `uniform` over the catalogue, or by `popularity`, which is an item's share of the training
    events. An item without events is then never drawn."""

    def build(self, n_items: int) -> "SampledSoftmax":
        """Returns the loss over a catalogue of `n_items`."""
        return SampledSoftmax(self, n_items)


class SampledSoftmax(ItemLoss):
    """`sampled_softmax` with negatives that it draws."""

    n_negatives: int

    def __init__(self, config: Config, n_items: int) -> None:
        super().__init__()
        self.n_negatives, self.sampling, self.n_items = config.n_negatives, config.sampling, n_items
        self.n_events = 0
        # This is computed from the training data, so it is not part of the saved weights.
        self.ends: Int64[Tensor, " n_items"] | None
        self.log_shares: Float[Tensor, " n_items"] | None
        self.register_buffer("ends", None, persistent=False)
        self.register_buffer("log_shares", None, persistent=False)

    def observe(self, counts: Int64[Tensor, " n_items"]) -> None:
        """Keeps the counts that draws by popularity need."""
        if self.sampling == "popularity":
            self.n_events = int(counts.sum())
            self.ends = counts.cumsum(0)
            self.log_shares = (counts / self.n_events).log()

    def forward(
        self,
        queries: Float[Tensor, "n_positions dim"],
        table: Float[Tensor, "n_items dim"],
        bias: Float[Tensor, " n_items"] | None,
        targets: Int64[Tensor, " n_positions"],
        counted: Bool[Tensor, " n_positions"] | None = None,
    ) -> Float[Tensor, ""]:
        """See `ItemLoss`."""
        negatives, log_counts = self.draw(table.device)
        return sampled_softmax(queries, table, bias, targets, counted, negatives, log_counts)

    def draw(self, device: torch.device) -> tuple[Int64[Tensor, " n_negatives"], Float[Tensor, " n_negatives"]]:
        """Draws items; returns them and the logarithm of the expected count of each."""
        n = self.n_negatives
        if self.sampling == "uniform":
            negatives = torch.randint(self.n_items, (n,), device=device)
            return negatives, torch.full((n,), math.log(n / self.n_items), device=device)
        assert self.ends is not None, "observe first"
        assert self.log_shares is not None
        # The item of a random training event.
        negatives = torch.searchsorted(self.ends, torch.randint(self.n_events, (n,), device=device), right=True)
        return negatives, self.log_shares[negatives] + math.log(n)


def sampled_softmax(
    queries: Float[Tensor, "n_positions dim"],
    table: Float[Tensor, "n_items dim"],
    bias: Float[Tensor, " n_items"] | None,
    targets: Int64[Tensor, " n_positions"],
    counted: Bool[Tensor, " n_positions"] | None,
    negatives: Int64[Tensor, " n_negatives"],
    log_counts: Float[Tensor, " n_negatives"],
) -> Float[Tensor, ""]:
    """Returns the mean of `-log(e^s+ / (e^s+ + sum of e^(s - log_counts)))`, summed over negatives except the target.

    With each item once and `log_counts` of zero, it is the full cross-entropy. It holds about 13 bytes for each
    position and negative. The gradient of the table is dense, as the optimiser expects it.
    """
    queries, n_positions = blanked(queries, counted), len(targets)
    # One look-up, because each look-up has a gradient of the table's size.
    items = torch.cat([targets, negatives])
    rows = functional.embedding(items, table)
    offsets = torch.zeros_like(rows[:, 0]) if bias is None else bias[items]
    positive = (queries * rows[:n_positions]).sum(1) + offsets[:n_positions]
    logits = functional.linear(queries, rows[n_positions:]).to(table.dtype) + (offsets[n_positions:] - log_counts)
    logits = logits.masked_fill(negatives == targets[:, None], -torch.inf)
    # The target comes first in each row.
    both = torch.cat([positive[:, None].to(table.dtype), logits], 1)
    return mean_over(functional.cross_entropy(both, torch.zeros_like(targets), reduction="none"), counted)

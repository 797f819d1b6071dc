"""BERT4Rec: bidirectional self-attention that fills in masked items (Sun et al. 2019).

As in Harte et al. 2023: post-norm blocks with a feed-forward layer four times as wide, masked items always
replaced by the mask (no 80/10/10), one copy of a sequence with only its last item masked beside copies with
random masks, softmax cross-entropy over the whole catalogue at masked positions, and at inference the mask
after the last items of the prompt. Where we deviate from their code:

* padding is masked in the attention and has no token of its own, where theirs shares the mask's;
* every item has a learned bias (`head.bias`), as in the original paper;
* the kind of each copy is drawn, with the same expectation: of `n_masks + 1` copies, one with the last masked;
* a random mask that hides nothing hides the last item instead;
* there are fewer random masks for each sequence and epoch (theirs: 10), and dropout after the embeddings.

With `scaled`, `input_norm` and a head without a dense layer (`head.activation = "none"`), none of which is theirs, it
was better where it was tried (`docs/log.md`).
"""

from typing import Annotated, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from seqrec.models.neural import TransformerConfig
from seqrec.nn.head import Head
from seqrec.nn.network import ItemNetwork, at_end
from seqrec.nn.transformer import Block, Inputs
from seqrec.training.batches import Batch
from seqrec.training.network import MeanLoss


class Config(TransformerConfig):
    """BERT4Rec, a bidirectional transformer that fills in masked items (Sun et al. 2019)."""

    name: Literal["bert4rec"] = "bert4rec"
    head: Head = Head(activation="gelu")
    mask_prob: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.4
    """Chance of each item to be hidden in a random mask."""
    max_len: Annotated[int, Field(ge=2)] = 20
    """Items that the network sees, the mask at the end included."""
    n_masks: PositiveInt = 3
    """Random masks of each sequence in an epoch, beside one that hides the last item only. With
    `training.windows = "prefixes"` the last item of each is hidden, and there are no random masks."""

    def network(self, n_items: int) -> "BERT4Rec":
        """The network over `n_items` items."""
        return BERT4Rec(self, n_items)


class BERT4Rec(ItemNetwork):
    """Item and position embeddings, bidirectional post-norm blocks."""

    def __init__(self, config: Config, n_items: int) -> None:
        super().__init__(n_items, config.dim, config.max_len, config.head, config.loss)
        self.passes = config.n_masks + 1
        self.mask_prob = config.mask_prob
        self.mask = nn.Embedding(1, config.dim)
        self.inputs = Inputs(
            config.dim, config.max_len, scaled=config.scaled, norm=config.input_norm, dropout=config.input_rate
        )
        self.blocks = nn.ModuleList(
            Block(
                config.dim,
                n_heads=config.n_heads,
                inner_dim=4 * config.dim,
                activation="gelu",
                norm="post",
                dropout=config.dropout,
            )
            for _ in range(config.n_layers)
        )

    @property
    def window(self) -> int:
        """The input, of which some items are hidden."""
        return self.max_len

    @property
    def prompt_len(self) -> int:
        """One less than the input, for the mask that is appended."""
        return self.max_len - 1

    def n_targets(self, lengths: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """Hidden items: in one pass the last, in the others as many as are drawn, or the last where none is."""
        drawn = self.mask_prob * lengths + (1 - self.mask_prob) ** lengths
        return (1 + (self.passes - 1) * drawn) / self.passes

    def loss(self, batch: Batch) -> MeanLoss:
        """The loss of the hidden items, given the others: of those that are drawn, or of the last ones alone."""
        if batch.only_last:
            return self.last_loss(self.head(at_end(self._states(batch, _last(batch)), batch.lengths)), batch)
        hidden = self._draw_masks(batch)
        queries = self.head(self._states(batch, hidden))
        return self.mean_loss(queries, batch.items, hidden)

    def queries(self, batch: Batch) -> Float[Tensor, "n_rows dim"]:
        """The state at a mask appended to each row."""
        room = batch.items.new_zeros(len(batch.items), 1)
        longer = Batch(torch.cat([batch.items, room], 1), batch.lengths + 1)
        hidden = _last(longer)
        queries: Tensor = self.head(self._states(longer, hidden)[hidden])
        return queries

    def _draw_masks(self, batch: Batch) -> Bool[Tensor, "n_rows width"]:
        """Which items each row hides."""
        device, last = batch.items.device, _last(batch)
        hidden = (torch.rand(batch.items.shape, device=device) < self.mask_prob) & batch.real
        last_only = (torch.rand(len(last), device=device) < 1 / self.passes) | ~hidden.any(1)
        return torch.where(last_only[:, None], last, hidden)

    def _states(self, batch: Batch, hidden: Bool[Tensor, "n_rows width"]) -> Float[Tensor, "n_rows width dim"]:
        embedded = torch.where(hidden[:, :, None], self.mask.weight[0], self.items(batch.items))
        states: Tensor = self.inputs(embedded, batch.lengths)
        for block in self.blocks:
            states = block(states, batch.real)
        return states


def _last(batch: Batch) -> Bool[Tensor, "n_rows width"]:
    """Where the last item of each row stands."""
    columns = torch.arange(batch.items.shape[1], device=batch.items.device)
    return columns == batch.lengths[:, None] - 1

"""BERT4Rec: bidirectional self-attention that fills in masked items (Sun et al. 2019).

As in Harte et al. 2023, blocks are post-norm with a feed-forward layer four times as wide, masked items are always
replaced by the mask (no 80/10/10), one copy of a sequence has only its last item masked while the others have
random masks, the loss is softmax cross-entropy over the whole catalogue at masked positions, and at inference the
mask follows the last items of the prompt. Where we deviate from their code:

* padding is masked in the attention and has no token, while theirs shares the token of the mask;
* every item has a learned bias (`head.bias`), as in the original paper;
* the kind of each copy is random, with the same expectation: one of `n_masks + 1` copies has its last item masked;
* a random mask that hides nothing hides the last item instead;
* there are fewer random masks per sequence and epoch (theirs: 10), and dropout follows the embeddings.

It was better in our experiments with `scaled`, `input_norm` and a head without a dense layer (`head.activation =
"none"`), none of which is theirs (`docs/log.md`).
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

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
from seqrec.tuning.dimensions import Dimension, Uniform, Whole


class Config(TransformerConfig):
    """BERT4Rec, a bidirectional transformer that fills in masked items (Sun et al. 2019)."""

    name: Literal["bert4rec"] = "bert4rec"
    head: Head = Head(activation="gelu")
    mask_prob: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.4
    """The probability that a random mask hides an item."""
    max_len: Annotated[int, Field(ge=2)] = 20
    """The number of items that the network sees, including the mask at the end."""
    n_masks: PositiveInt = 3
    """The number of random masks of each sequence in an epoch, besides one that hides the last item only. With
    `training.windows = "prefixes"` only the last item of each prefix is hidden, and there are no random masks."""

    search_space: ClassVar[Mapping[str, Dimension]] = {
        **TransformerConfig.search_space,
        "mask_prob": Uniform(low=0.1, high=0.9),
        "n_masks": Whole(low=1, high=5),
    }

    def network(self, n_items: int) -> "BERT4Rec":
        """Returns the network over `n_items` items."""
        return BERT4Rec(self, n_items)


class BERT4Rec(ItemNetwork):
    """Item and position embeddings, followed by bidirectional post-norm blocks."""

    def __init__(self, config: Config, n_items: int) -> None:
        super().__init__(config.item_table.build(n_items, config.dim), config.max_len, config.head, config.loss)
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
        """The length of the input, in which some items are hidden."""
        return self.max_len

    @property
    def prompt_len(self) -> int:
        """One less than the length of the input, since the mask is appended."""
        return self.max_len - 1

    def n_targets(self, lengths: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """Returns the mean number of hidden items: the last in one pass, those drawn, or else the last, in others."""
        drawn = self.mask_prob * lengths + (1 - self.mask_prob) ** lengths
        return (1 + (self.passes - 1) * drawn) / self.passes

    def loss(self, batch: Batch) -> MeanLoss:
        """Returns the loss of the hidden items, which are drawn or are the last ones, given the others."""
        if batch.only_last:
            return self.last_loss(self.head(at_end(self._states(batch, _last(batch)), batch.lengths)), batch)
        hidden = self._draw_masks(batch)
        queries = self.head(self._states(batch, hidden))
        return self.mean_loss(queries, batch.items, hidden)

    def queries(self, batch: Batch) -> Float[Tensor, "n_rows dim"]:
        """Returns the transformed state at a mask that is appended to each row."""
        room = batch.items.new_zeros(len(batch.items), 1)
        longer = Batch(torch.cat([batch.items, room], 1), batch.lengths + 1)
        hidden = _last(longer)
        queries: Tensor = self.head(self._states(longer, hidden)[hidden])
        return queries

    def _draw_masks(self, batch: Batch) -> Bool[Tensor, "n_rows width"]:
        """Draws which items each row hides."""
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
    """Returns a mask that is true at the last item of each row."""
    columns = torch.arange(batch.items.shape[1], device=batch.items.device)
    return columns == batch.lengths[:, None] - 1

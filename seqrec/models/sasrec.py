"""SASRec: left-to-right self-attention over the items of a sequence (Kang and McAuley 2018).

As in Harte et al. 2023 and Boz et al. 2024, it learns by softmax cross-entropy over the whole catalogue at
every position instead of by binary cross-entropy against one sampled negative, and has pre-norm blocks, a
feed-forward layer as wide as the model, and no dropout of attention weights. Where we deviate from theirs:

* padding is masked and not an ordinary input;
* every item has a learned bias, where theirs is one scalar that softmax cancels (`head.bias`);
* a layer norm follows the last block, as in the original paper (`final_norm`), and no dense layer
  (`head.activation`);
* query, key and value matrices start from different draws.
"""

from typing import Literal

from jaxtyping import Float, Int64
from torch import Tensor, nn

from seqrec.models.neural import TransformerConfig
from seqrec.nn.dropout import Dropout
from seqrec.nn.network import NextItemNetwork
from seqrec.nn.transformer import NORM_EPS, Block, Positions


class Config(TransformerConfig):
    """SASRec, a causal transformer (Kang and McAuley 2018)."""

    name: Literal["sasrec"] = "sasrec"
    final_norm: bool = True
    """Whether a layer norm follows the last block."""

    def network(self, n_items: int) -> "SASRec":
        """The network over `n_items` items."""
        return SASRec(self, n_items)


class SASRec(NextItemNetwork):
    """Item and position embeddings, causal pre-norm blocks."""

    def __init__(self, config: Config, n_items: int) -> None:
        super().__init__(n_items, config.dim, config.max_len, config.head)
        self.positions = Positions(config.max_len, config.dim)
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            Block(
                config.dim,
                n_heads=config.n_heads,
                inner_dim=config.dim,
                activation="relu",
                norm="pre",
                dropout=config.dropout,
            )
            for _ in range(config.n_layers)
        )
        self.norm = nn.LayerNorm(config.dim, eps=NORM_EPS) if config.final_norm else nn.Identity()

    def states(
        self, items: Int64[Tensor, "n_rows width"], lengths: Int64[Tensor, " n_rows"]
    ) -> Float[Tensor, "n_rows width dim"]:
        """Hidden states. Padding comes last, so that a causal mask hides it from every real position."""
        hidden = self.dropout(self.items(items) + self.positions.of(lengths, items.shape[1]))
        for block in self.blocks:
            hidden = block(hidden, None)
        normed: Tensor = self.norm(hidden)
        return normed

"""SASRec: left-to-right self-attention over the items of a sequence (Kang and McAuley 2018).

As in Harte et al. 2023 and Boz et al. 2024, the loss is softmax cross-entropy over the whole catalogue at every
position instead of binary cross-entropy against one sampled negative (which is `loss = {name = "gbce", n_negatives
= 1, t = 0.0}`). The network has pre-norm blocks, a feed-forward layer as wide as the model, and no dropout of
attention weights. With `loss.name = "gbce"` it is gSASRec (Petrov and Macdonald 2023). Where we deviate from their
code:

* padding is masked instead of being an ordinary input;
* item embeddings in the input are multiplied by the square root of the width, as in the original code (`scaled`);
* every item has a learned bias, while theirs is one scalar that softmax cancels (`head.bias`);
* a layer norm follows the last block, as in the original paper (`final_norm`), but no dense layer
  (`head.activation`);
* query, key and value matrices are initialised by separate draws.

The form of S3-Rec and RecBole is `norm = "post"`, `inner = 4`, `activation = "gelu"`, `input_norm = true`, `scaled
= false` and `final_norm = false`, except for their dropout of attention weights.

Expected on Beauty, leave-one-out in the order of the file, validation held out (RecBole's form but scaled, dim 64,
max_len 50, dropout 0.5, batches of 128, one seed): NDCG@10 0.044 and HR@10 0.087 with seen items among the
candidates, 0.059 and 0.097 without; 0.066 and 0.109 if the validation item is also trained on, for as many epochs.
"""

from typing import Literal

from jaxtyping import Float, Int64
from pydantic import PositiveInt
from torch import Tensor, nn

from seqrec.models.neural import TransformerConfig
from seqrec.nn.activations import Activation
from seqrec.nn.network import NextItemNetwork
from seqrec.nn.transformer import NORM_EPS, Block, Inputs


class Config(TransformerConfig):
    """SASRec, a causal transformer (Kang and McAuley 2018)."""

    name: Literal["sasrec"] = "sasrec"
    norm: Literal["pre", "post"] = "pre"
    """Whether layer norms come before attention and feed-forward layers, or after them and their residual."""
    inner: PositiveInt = 1
    """The width of the feed-forward layer, as a multiple of the model's width."""
    activation: Activation = "relu"
    """The activation of the feed-forward layer."""
    scaled: bool = True
    """Whether item embeddings in the input are multiplied by the square root of `dim`, as in the original paper's
    code."""
    final_norm: bool = True
    """Whether a layer norm follows the last block."""

    def network(self, n_items: int) -> "SASRec":
        """Returns the network over `n_items` items."""
        return SASRec(self, n_items)


class SASRec(NextItemNetwork):
    """Item and position embeddings, followed by causal blocks."""

    def __init__(self, config: Config, n_items: int) -> None:
        super().__init__(config.item_table.build(n_items, config.dim), config.max_len, config.head, config.loss)
        self.inputs = Inputs(
            config.dim, config.max_len, scaled=config.scaled, norm=config.input_norm, dropout=config.input_rate
        )
        self.blocks = nn.ModuleList(
            Block(
                config.dim,
                n_heads=config.n_heads,
                inner_dim=config.inner * config.dim,
                activation=config.activation,
                norm=config.norm,
                dropout=config.dropout,
            )
            for _ in range(config.n_layers)
        )
        self.norm = nn.LayerNorm(config.dim, eps=NORM_EPS) if config.final_norm else nn.Identity()

    def states(
        self, items: Int64[Tensor, "n_rows width"], lengths: Int64[Tensor, " n_rows"]
    ) -> Float[Tensor, "n_rows width dim"]:
        """Returns the hidden states. Padding comes last, so a causal mask hides it from every real position."""
        hidden = self.inputs(self.items(items), lengths)
        for block in self.blocks:
            hidden = block(hidden, None)
        normed: Tensor = self.norm(hidden)
        return normed

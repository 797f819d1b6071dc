"""Transformer blocks, and the position embeddings of their input."""

from typing import Literal

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from seqrec.nn.activations import ACTIVATIONS, Activation
from seqrec.nn.dropout import Dropout

NORM_EPS = 1e-5


class Attention(nn.Module):
    """Multi-head self-attention, without dropout of attention weights: fused kernels for a CPU have none."""

    def __init__(self, dim: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(
        self, hidden: Float[Tensor, "n_rows width dim"], real: Bool[Tensor, "n_rows width"] | None
    ) -> Float[Tensor, "n_rows width dim"]:
        """Attends from each position to the `real` positions; if that is None, to itself and the positions before."""
        heads = self.qkv(hidden).unflatten(2, (3, self.n_heads, -1)).permute(2, 0, 3, 1, 4)
        if heads.device.type == "cpu":
            # The backward pass of the CPU's fused kernel is several times slower in bfloat16 than in float32.
            heads = heads.float()
        query, key, value = heads.unbind(0)
        mask = None if real is None else real[:, None, None, :]
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=mask is None)
        joined: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return joined


class Block(nn.Module):
    """Attention and a feed-forward layer, each with dropout, a residual, and a layer norm before or after."""

    def __init__(
        self,
        dim: int,
        *,
        n_heads: int,
        inner_dim: int,
        activation: Activation,
        norm: Literal["pre", "post"],
        dropout: float,
    ) -> None:
        super().__init__()
        self.pre_norm = norm == "pre"
        self.attention = Attention(dim, n_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(dim, inner_dim), ACTIVATIONS[activation](), nn.Linear(inner_dim, dim)
        )
        self.attention_norm = nn.LayerNorm(dim, eps=NORM_EPS)
        self.feed_forward_norm = nn.LayerNorm(dim, eps=NORM_EPS)
        self.dropout = Dropout(dropout)

    def forward(
        self, hidden: Float[Tensor, "n_rows width dim"], real: Bool[Tensor, "n_rows width"] | None
    ) -> Float[Tensor, "n_rows width dim"]:
        """Returns the output of the block; see `Attention` for `real`."""
        if self.pre_norm:
            middle: Tensor = hidden + self.dropout(self.attention(self.attention_norm(hidden), real))
            after: Tensor = middle + self.dropout(self.feed_forward(self.feed_forward_norm(middle)))
        else:
            middle = self.attention_norm(hidden + self.dropout(self.attention(hidden, real)))
            after = self.feed_forward_norm(middle + self.dropout(self.feed_forward(middle)))
        return after


class Positions(nn.Embedding):
    """Learned positions, counted back from the end of a sequence, so that the last item always has the same one."""

    def __init__(self, max_len: int, dim: int) -> None:
        super().__init__(max_len, dim)

    def of(self, lengths: Int64[Tensor, " n_rows"], width: int) -> Float[Tensor, "n_rows width dim"]:
        """Returns the position embeddings of sequences padded to `width`; at padding they are meaningless."""
        ages = lengths[:, None] - 1 - torch.arange(width, device=lengths.device)
        embedded: Tensor = self(ages.clamp(min=0))
        return embedded


class Inputs(nn.Module):
    """The input of the first block: the sum of item and position embeddings, with dropout."""

    def __init__(self, dim: int, max_len: int, *, scaled: bool, norm: bool, dropout: float) -> None:
        super().__init__()
        self.positions = Positions(max_len, dim)
        self.scale = dim**0.5 if scaled else 1.0
        self.norm = nn.LayerNorm(dim, eps=NORM_EPS) if norm else nn.Identity()
        self.dropout = Dropout(dropout)

    def forward(
        self, embedded: Float[Tensor, "n_rows width dim"], lengths: Int64[Tensor, " n_rows"]
    ) -> Float[Tensor, "n_rows width dim"]:
        """Returns the input for embedded items, of which those after `lengths` are padding."""
        positions = self.positions.of(lengths, embedded.shape[1])
        dropped: Tensor = self.dropout(self.norm(embedded * self.scale + positions))
        return dropped

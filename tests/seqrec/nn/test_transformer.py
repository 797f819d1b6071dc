"""Attention respects its mask, positions count from the end, and the arithmetic agrees with PyTorch's own layers."""

from typing import Literal

import pytest
import torch
from torch import nn

from seqrec.nn.transformer import Attention, Block, Positions


def block_of(norm: Literal["pre", "post"]) -> Block:
    torch.manual_seed(0)
    return Block(8, n_heads=2, inner_dim=16, activation="gelu", norm=norm, dropout=0.0).eval()


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("causal", [True, False])
def test_block_equals_the_encoder_layer_of_pytorch(norm: Literal["pre", "post"], causal: bool) -> None:
    ours = block_of(norm)
    theirs = nn.TransformerEncoderLayer(
        8, 2, dim_feedforward=16, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm == "pre"
    ).train()
    copies = {
        "self_attn.in_proj_weight": ours.attention.qkv.weight,
        "self_attn.in_proj_bias": ours.attention.qkv.bias,
        "self_attn.out_proj.weight": ours.attention.out.weight,
        "self_attn.out_proj.bias": ours.attention.out.bias,
        "linear1.weight": ours.feed_forward[0].weight,
        "linear1.bias": ours.feed_forward[0].bias,
        "linear2.weight": ours.feed_forward[2].weight,
        "linear2.bias": ours.feed_forward[2].bias,
    }
    theirs.load_state_dict(theirs.state_dict() | {name: value.detach() for name, value in copies.items()})
    hidden = torch.randn(3, 5, 8)
    if causal:
        mask = nn.Transformer.generate_square_subsequent_mask(5)
        expected, got = theirs(hidden, src_mask=mask, is_causal=True), ours(hidden, None)
    else:
        real = torch.tensor([[True] * 5, [True] * 3 + [False] * 2, [True] + [False] * 4])
        expected, got = theirs(hidden, src_key_padding_mask=~real), ours(hidden, real)
        expected, got = expected[real], got[real]
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


def test_causal_attention_does_not_see_what_follows() -> None:
    attention, hidden = Attention(8, 2), torch.randn(1, 6, 8)
    changed = hidden.clone()
    changed[0, 4:] += 1.0
    before, after = attention(hidden, None), attention(changed, None)
    assert torch.equal(before[0, :4], after[0, :4])
    assert not torch.allclose(before[0, 4:], after[0, 4:])


def test_attention_does_not_see_padding() -> None:
    attention, hidden = Attention(8, 2), torch.randn(1, 6, 8)
    real = torch.tensor([[True, True, True, True, False, False]])
    changed = hidden.clone()
    changed[0, 4:] += 1.0
    assert torch.equal(attention(hidden, real)[0, :4], attention(changed, real)[0, :4])
    assert not torch.allclose(attention(hidden, real)[0, :4], attention(hidden, torch.ones_like(real))[0, :4])


def test_positions_count_back_from_the_last_item() -> None:
    positions = Positions(4, 2)
    embedded = positions.of(torch.tensor([4, 2]), 4)
    weight = positions.weight
    assert torch.equal(embedded[0], weight[[3, 2, 1, 0]])
    assert torch.equal(embedded[1, :2], weight[[1, 0]])

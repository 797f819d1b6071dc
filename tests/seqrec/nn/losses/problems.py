"""Queries, tables and targets to compute losses of."""

from typing import NamedTuple

import torch
from torch import Tensor


class Problem(NamedTuple):
    """The input of a loss; everything except the targets is learnt."""

    queries: Tensor
    table: Tensor
    bias: Tensor | None
    targets: Tensor

    @property
    def learnt(self) -> list[Tensor]:
        return [tensor for tensor in (self.queries, self.table, self.bias) if tensor is not None]


def problem(
    n_positions: int,
    n_items: int,
    dim: int = 3,
    *,
    bias: bool = True,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
) -> Problem:
    """Return a random problem in float64, so that an error in a formula can't pass as rounding."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()

    targets = torch.randint(n_items, (n_positions,), generator=generator)
    return Problem(draw(n_positions, dim), draw(n_items, dim), draw(n_items) if bias else None, targets)


def some_of(n_positions: int, seed: int) -> Tensor:
    """Return a mask of the counted positions: about two thirds, but at least one."""
    counted = torch.rand(n_positions, generator=torch.Generator().manual_seed(seed)) < 2 / 3
    counted[seed % n_positions] = True
    return counted

"""The k highest scores of each row, with one rule for ties: the lower column first.

`torch.topk` leaves open which of several equals it takes, and takes others on other devices.
"""

import torch
from jaxtyping import Float32, Int64
from torch import Tensor


def best(
    scores: Float32[Tensor, "n_rows n_columns"], k: int
) -> tuple[Int64[Tensor, "n_rows k"], Float32[Tensor, "n_rows k"]]:
    """Columns and values of each row's k highest scores, highest first; there are at least k columns."""
    values, columns = scores.topk(min(k + 1, scores.shape[1]), dim=1)
    if values.shape[1] > k:
        # Only rows whose equals stand on both sides of the cut need the slower way.
        open_rows = ((values[:, k - 1] == values[:, k]) & (values[:, k] > -torch.inf)).nonzero().squeeze(1)
        if len(open_rows):
            columns[open_rows, :k] = _distinct_keys(scores[open_rows]).topk(k, dim=1).indices
    columns = columns[:, :k].sort(dim=1).values
    values, order = scores.gather(1, columns).sort(dim=1, descending=True, stable=True)
    return columns.gather(1, order), values


def _distinct_keys(scores: Float32[Tensor, "n_rows n_columns"]) -> Int64[Tensor, "n_rows n_columns"]:
    """Integers, distinct in a row, in the order of the scores and, among equals, of descending column."""
    bits = (scores + 0.0).view(torch.int32)  # adding zero makes one zero of two
    ascending = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    columns = torch.arange(scores.shape[1], device=scores.device)
    return (ascending.to(torch.int64) << 32) | (0x7FFFFFFF - columns)

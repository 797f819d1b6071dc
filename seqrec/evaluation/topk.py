"""The k highest scores of each row, with one rule for ties: the lower column first.

`torch.topk` leaves open which of several equals it takes, and takes others on other devices.
"""

import torch
from jaxtyping import Float32, Int64
from torch import Tensor

GROUP = 16
"""Columns of which the highest is taken first. To find the highest groups and look into them takes an eighth of the
time of `topk` over all columns; with 8 or 64 columns the gain is smaller."""


def best(
    scores: Float32[Tensor, "n_rows n_columns"], k: int
) -> tuple[Int64[Tensor, "n_rows k"], Float32[Tensor, "n_rows k"]]:
    """Columns and values of each row's k highest scores, highest first; a NaN stands before every number.

    There are at least k columns, and fewer than 2^24. A GPU is waited for once.
    """
    columns, values = _highest(scores, min(k + 1, scores.shape[1]))
    if values.shape[1] > k:
        # Only rows whose equals stand on both sides of the cut need the slower way.
        open_rows = ((values[:, k - 1] == values[:, k]) & (values[:, k] > -torch.inf)).nonzero().squeeze(1)
        if len(open_rows):
            columns[open_rows, :k] = _lowest_columns(scores[open_rows], values[open_rows, k - 1 : k], k)
    columns = columns[:, :k].sort(dim=1).values
    values, order = scores.gather(1, columns).sort(dim=1, descending=True, stable=True)
    return columns.gather(1, order), values


def _highest(
    scores: Float32[Tensor, "n_rows n_columns"], k: int
) -> tuple[Int64[Tensor, "n_rows k"], Float32[Tensor, "n_rows k"]]:
    """`topk`, with any of several equals at the cut."""
    n_groups = scores.shape[1] // GROUP
    if n_groups < k:
        values, columns = scores.topk(k, dim=1)
        return columns, values
    # What stands outside the k groups with the highest maxima has k scores, these maxima, that are no lower.
    # Neighbours are in different groups, so that maxima are taken over whole rows of memory.
    n_grouped = GROUP * n_groups
    maxima = scores[:, :n_grouped].view(len(scores), GROUP, n_groups).amax(1)
    members = torch.arange(0, n_grouped, n_groups, device=scores.device)
    columns = (maxima.topk(k, dim=1).indices[:, :, None] + members).flatten(1)
    rest = torch.arange(n_grouped, scores.shape[1], device=scores.device)
    columns = torch.cat([columns, rest.expand(len(scores), -1)], 1)
    values, places = scores.gather(1, columns).topk(k, dim=1)
    return columns.gather(1, places), values


def _lowest_columns(
    scores: Float32[Tensor, "n_rows n_columns"], lowest: Float32[Tensor, "n_rows 1"], k: int
) -> Int64[Tensor, "n_rows k"]:
    """Columns, in any order, of the fewer than k scores above `lowest` and of the first that are equal to it."""
    columns = torch.arange(scores.shape[1], device=scores.device, dtype=torch.float32)
    above = (scores <= lowest).logical_not_()  # which a NaN is
    preference = torch.where(scores == lowest, -columns, -torch.inf).masked_fill_(above, torch.inf)
    return _highest(preference, k)[0]

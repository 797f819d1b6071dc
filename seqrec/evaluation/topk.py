"""The k highest scores of each row, with one rule for ties: the lower column comes first.

`torch.topk` leaves open which of several equal scores it takes, and this differs between devices.
"""

import torch
from jaxtyping import Float32, Int64
from torch import Tensor

GROUP = 16
"""The number of columns in a group, of which the maximum is taken first. Finding the highest groups and then searching
these takes an eighth of the time of `topk` over all columns; with 8 or 64 columns the gain is smaller."""


def best(
    scores: Float32[Tensor, "n_rows n_columns"], k: int
) -> tuple[Int64[Tensor, "n_rows k"], Float32[Tensor, "n_rows k"]]:
    """Returns columns and values of each row's k highest scores, highest first; a NaN comes before every number.

    There must be at least k columns, and fewer than 2^24. It waits for a GPU once.
    """
    columns, values = _highest(scores, min(k + 1, scores.shape[1]))
    if values.shape[1] > k:
        # Only rows with equal scores on both sides of the cut need the slower way.
        open_rows = ((values[:, k - 1] == values[:, k]) & (values[:, k] > -torch.inf)).nonzero().squeeze(1)
        if len(open_rows):
            columns[open_rows, :k] = _lowest_columns(scores[open_rows], values[open_rows, k - 1 : k], k)
    columns = columns[:, :k].sort(dim=1).values
    values, order = scores.gather(1, columns).sort(dim=1, descending=True, stable=True)
    return columns.gather(1, order), values


def _highest(
    scores: Float32[Tensor, "n_rows n_columns"], k: int
) -> tuple[Int64[Tensor, "n_rows k"], Float32[Tensor, "n_rows k"]]:
    """Returns the result of `topk`, with any of several equal scores at the cut."""
    n_groups = scores.shape[1] // GROUP
    if n_groups < k:
        values, columns = scores.topk(k, dim=1)
        return columns, values
    # The maxima of the k highest groups are k scores, and none outside these groups is higher. Neighbours are in
    # different groups, so that maxima are taken over whole rows of memory.
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
    """Returns the columns, in any order, of the scores above `lowest` (fewer than k) and of the first that equal it."""
    columns = torch.arange(scores.shape[1], device=scores.device, dtype=torch.float32)
    above = (scores <= lowest).logical_not_()  # This includes NaN.
    preference = torch.where(scores == lowest, -columns, -torch.inf).masked_fill_(above, torch.inf)
    return _highest(preference, k)[0]

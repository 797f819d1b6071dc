"""How wide batches are, and how many rows go with a width, so that all steps learn from about as many targets.

With as many rows whatever their length, a target among long rows would count for a tenth of one among short rows, as
the loss of a step is a mean: SASRec on Beauty had an NDCG@10 of .050 so, and has .057 (`docs/log.md`).
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Int64

Windows = Literal["last", "random", "prefixes"]
"""Which stretches of the sequences are rows of batches; see `batches.Packed`."""

WIDTH_STEPS = {"cuda": 8}
"""Widths are multiples of this many columns where a step is recorded for each width and replayed (`graphs.Graphs`)."""


def widths_of(lengths: Int64[np.ndarray, " n"], max_len: int, kind: str) -> Int64[np.ndarray, " n"]:
    """The width of a batch whose longest window has each of these lengths: one of a few on a GPU, as long elsewhere.

    Args:
        lengths: Of windows.
        max_len: Of the longest possible.
        kind: Type of the device.
    """
    step = WIDTH_STEPS.get(kind, 1)
    widths: Int64[np.ndarray, " n"] = np.clip(-(-lengths // step) * step, 1, max_len)
    return widths


def full_rows(n_windows: Mapping[int, int], batch_size: int, windows: Windows) -> dict[int, int]:
    """Rows of a full batch by its width: `batch_size` at the mean width, more where narrow, fewer where wide.

    Args:
        n_windows: By width, two columns or more, how many windows are shown.
        batch_size: Rows of a batch of mean width.
        windows: Every column but the first is a target, or the last of each row alone.
    """
    if windows == "prefixes":
        return dict.fromkeys(n_windows, batch_size)
    n_targets = sum(n * (width - 1) for width, n in n_windows.items()) / max(sum(n_windows.values()), 1)
    return {width: max(1, round(batch_size * n_targets / (width - 1))) for width in n_windows}

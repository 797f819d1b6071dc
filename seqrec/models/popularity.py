"""The popularity of items by the training sessions that contain them, and what counts as popular (Boz et al. 2024).

The authors count all data, including the test; models here count training only.
"""

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from seqrec.models.sparse import session_items
from seqrec.types import Sequences


def count_sessions(train: Sequences, n_items: int) -> Int64[Tensor, " n_items"]:
    """Returns the number of sessions that contain each item."""
    holds = session_items(train, n_items).astype(bool)
    return torch.from_numpy(np.asarray(holds.sum(axis=0)).ravel().astype(np.int64))


def are_popular(sessions: Int64[Tensor, " n_items"], quantile: float) -> Bool[np.ndarray, " n_items"]:
    """Returns which items are in at least as many sessions as the `quantile` over items that training has seen."""
    counts = sessions.numpy()
    trained = counts[counts > 0]
    threshold = np.quantile(trained, quantile) if len(trained) else 0.0
    return np.asarray(counts >= max(threshold, 1))

"""The figures of one training, ours or a peer's, which runs under another interpreter."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Time and quality of one model, trained and evaluated in its own process."""

    n_epochs: int
    best_epoch: int
    """The epoch whose weights are evaluated."""
    epoch_s: float
    """Median training time of an epoch, without validation."""
    epoch_cpu_s: float
    """The same as processor time of all threads, which varies less on a busy machine than wall time."""
    to_best_s: float
    """Time from the command to the evaluated weights, including imports, compilation and validation."""
    evaluation_s: float
    """Median time of ranking the whole catalogue for every test user."""
    hr: float
    """Hit rate at 10 over all test users."""
    ndcg: float
    """NDCG at 10."""
    ndcg_interval: tuple[float, float] | None = None
    """95 % interval over users, if there is a value for each of them; it does not cover other seeds."""
    curve: Sequence[Sequence[float]] = ()
    """Loss and validation NDCG at 10 of every epoch, if the program reports them."""

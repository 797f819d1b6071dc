"""What is measured of one training, ours or a peer's, which runs under another interpreter."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Time and quality of one model, trained and evaluated in a process of its own."""

    n_epochs: int
    best_epoch: int
    """The epoch whose weights are evaluated."""
    epoch_s: float
    """Median over epochs of the time of training alone, without validation."""
    epoch_cpu_s: float
    """The same in processor time of all threads, which a busy machine changes less than the clock."""
    to_best_s: float
    """From the command to the weights that are evaluated: imports, compilation and validations included."""
    evaluation_s: float
    """Median time of ranking the whole catalogue for every test user."""
    hr: float
    """Hit rate at 10 over all test users."""
    ndcg: float
    """NDCG at 10."""
    ndcg_interval: tuple[float, float] | None = None
    """95 % bootstrap interval over users, where there is a value for each of them."""
    curve: Sequence[Sequence[float]] = ()
    """Loss and validation NDCG at 10 of every epoch, where the program gives them."""

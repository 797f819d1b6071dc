"""The table of trainings: ours, and each peer with its times as multiples of ours."""

from dataclasses import dataclass

from benchmarks.figures import Figures
from benchmarks.measure import markdown

K = 10
"""Cut-off of both metrics."""
NOT_RUN = "not run"
TIMES = {
    "s per epoch": "epoch_s",
    "CPU s per epoch": "epoch_cpu_s",
    "command to best weights s": "to_best_s",
    "evaluation s": "evaluation_s",
}
"""Columns in which a peer is compared, and the figures that they show."""
COLUMNS = ["model", "program", *TIMES, f"HR@{K}", f"NDCG@{K} (95 %)", "epochs (best)"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    model: str
    program: str
    figures: Figures | None
    """None if the program was not run."""
    beside: Figures | None = None
    """Our figures, in the line of a peer."""
    timed_only: bool = False
    """Whether it was trained only to time an epoch, and has no figures of quality."""

    def cells(self) -> list[str]:
        """Return the cells of the line, in the order of the columns."""
        one = self.figures
        if one is None:
            return [self.model, self.program, *[NOT_RUN] * (len(COLUMNS) - 2)]
        cells = dict(zip(COLUMNS, [self.model, self.program], strict=False))
        cells |= {column: self._time(one, name) for column, name in TIMES.items()}
        cells |= dict(
            zip(COLUMNS[-3:], [f"{one.hr:.4f}", _ndcg(one), f"{one.n_epochs} ({one.best_epoch})"], strict=True)
        )
        if self.timed_only:
            cells |= dict.fromkeys(["command to best weights s", *COLUMNS[-3:-1]], NOT_RUN)
        return list(cells.values())

    def __str__(self) -> str:
        """Return the line in Markdown."""
        return f"| {' | '.join(self.cells())} |"

    def _time(self, one: Figures, name: str) -> str:
        value: float = getattr(one, name)
        return f"{value:.3f}" + (f" ({value / getattr(self.beside, name):.1f} x)" if self.beside else "")


def header() -> str:
    """Return the first lines of the table; the others are printed one by one, because a peer may take an hour."""
    return markdown(COLUMNS, [])


def _ndcg(one: Figures) -> str:
    interval = one.ndcg_interval
    return f"{one.ndcg:.4f}" + (f" ({interval[0]:.4f} to {interval[1]:.4f})" if interval else "")

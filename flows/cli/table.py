"""The leaderboard on a terminal."""

from rich.markup import escape
from rich.table import Table as RichTable

from seqrec.evaluation.results import Cell, Row, Table

SHOWN = ("ndcg_at_10", "ndcg_at_20", "hr_at_20", "coverage_at_20")
"""Metrics that fit on a terminal; JSON and the report have all of them."""


def leaderboard_table(table: Table) -> RichTable:
    """Build the table of models, best first; intervals and deviations are those of the metric that orders it."""
    view = RichTable(title=escape(table.title), caption=_caption(table), title_justify="left", caption_justify="left")
    view.add_column("model", no_wrap=True)
    for name in (name for name in SHOWN if name in table.metrics):
        view.add_column(_short(name), justify="right", no_wrap=True)
    view.add_column("interval", justify="right", no_wrap=True)
    view.add_column("difference", justify="right", no_wrap=True)
    view.add_column("train", justify="right", no_wrap=True)
    for row in table.rows:
        numbers = [f"{row.cells[name].mean:.4f}" for name in SHOWN if name in table.metrics]
        view.add_row(
            row.label,
            *numbers,
            _interval(row.cells[table.comparison]),
            _difference(row, table),
            f"{row.duration_s:,.0f} s",
            style="bold" if row.label == table.reference else None,
        )
    return view


def _interval(cell: Cell) -> str:
    interval = "" if cell.low is None or cell.high is None else f"{cell.low:.4f}-{cell.high:.4f}"
    return interval if cell.sd is None else f"{interval} ±{cell.sd:.4f}"


def _difference(row: Row, table: Table) -> str:
    if row.difference is None or row.p_adjusted is None:
        return "reference"
    return f"{row.difference.mean:+.4f}{' *' if row.p_adjusted < 1 - table.confidence else '  '}"


def _caption(table: Table) -> str:
    metric = _short(table.comparison)
    n_seeds = max(row.n_seeds for row in table.rows)
    seeds = "1 seed" if n_seeds == 1 else f"up to {n_seeds} seeds"
    return (
        f"{table.n_cases:,} test cases, {seeds}. Interval: {table.confidence:.0%} of {metric} over cases, "
        f"± its deviation over seeds. Difference: {metric} against {table.reference}; * means p < "
        f"{1 - table.confidence:.2g} in a paired test, Holm-corrected. Protocol {table.protocol_digest}."
    )


def _short(metric: str) -> str:
    return metric.replace("_at_", "@")

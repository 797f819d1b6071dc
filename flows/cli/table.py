"""The leaderboard on a terminal."""

from collections.abc import Set

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from flows.cli.display import PIPED_WIDTH
from seqrec.evaluation.results import Row, Table

SHOWN = ("ndcg_at_10", "ndcg_at_20", "hr_at_20", "coverage_at_20")
"""Metrics that fit on a terminal; JSON and the report have all of them."""
_ONE_TRAINING = "†"


def show_leaderboard(out: Console, table: Table) -> None:
    """Print the table of models, best first, with as many metrics as the terminal is wide.

    Intervals and deviations are those of the metric that orders the table, which is always shown.
    """
    optional = [name for name in SHOWN if name in table.metrics and name != table.comparison]
    views = [_view(table, {table.comparison, *optional[:n]}) for n in range(len(optional), -1, -1)]
    unbounded = out.options.update(max_width=PIPED_WIDTH)
    fitting = (view for view in views if Measurement.get(out, unbounded, view).maximum <= out.width)
    # In the table itself, its title and caption would be wrapped to its width even where no terminal is.
    out.print(Text(table.title, "italic"))
    out.print(next(fitting, views[-1]))
    out.print(Text(_caption(table), "dim"))


def _view(table: Table, metrics: Set[str]) -> RichTable:
    view = RichTable()
    shown = [name for name in dict.fromkeys((*SHOWN, table.comparison)) if name in metrics]
    view.add_column("model", overflow="fold", min_width=8)
    for name in (*map(_short, shown), "interval", "difference", "train"):
        view.add_column(name, justify="right", no_wrap=True)
    for row in table.rows:
        view.add_row(
            row.label,
            *(f"{row.cells[name].mean:.4f}" for name in shown),
            _interval(row, table),
            _difference(row, table),
            f"{row.duration_s:,.0f} s",
            style="bold" if row.label == table.reference else None,
        )
    return view


def _interval(row: Row, table: Table) -> str:
    cell = row.cells[table.comparison]
    interval = "" if cell.low is None or cell.high is None else f"{cell.low:.4f}-{cell.high:.4f}"
    if row.one_training:
        return f"{interval} {_ONE_TRAINING}"
    return interval if cell.sd is None else f"{interval} ±{cell.sd:.4f}"


def _difference(row: Row, table: Table) -> str:
    found = table.verdict(row)
    if row.difference is None:
        return found
    mark = {"better": "*", "worse": "*", "one training": _ONE_TRAINING}.get(found, " ")
    return f"{row.difference.mean:+.4f} {mark}"


def _caption(table: Table) -> str:
    metric = _short(table.comparison)
    n_seeds = max(row.n_seeds for row in table.rows)
    seeds = "1 seed" if n_seeds == 1 else f"up to {n_seeds} seeds"
    alone = any(row.one_training for row in table.rows)
    return (
        f"{table.n_cases:,} test cases, {seeds}. Interval: {table.confidence:.0%} of {metric} over seeds and cases, "
        f"± its deviation over seeds. Difference: {metric} against {table.reference}; * means p < "
        f"{1 - table.confidence:.2g} in a t test over seeds and cases, Holm-corrected."
        f"{f' {_ONE_TRAINING} one training: intervals over cases only, and no verdict.' if alone else ''}"
        f" Protocol {table.protocol_digest}.{''.join(f' {note}' for note in table.notes)}"
    )


def _short(metric: str) -> str:
    return metric.replace("_at_", "@")

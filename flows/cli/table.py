"""The leaderboard on a terminal."""

from rich.table import Table as RichTable

from seqrec.evaluation.results import Cell, Row, Table

SHOWN = ("ndcg_at_10", "hr_at_10", "ndcg_at_20", "hr_at_20", "mrr_at_20", "coverage_at_20")
"""Metrics that fit on a terminal; JSON and the report hold all."""

SIGNIFICANT = 0.05


def leaderboard_table(table: Table) -> RichTable:
    """Models, best first, with the interval of the metric they are ordered by."""
    shown = [name for name in SHOWN if name in table.metrics]
    view = RichTable(title=table.title, caption=_caption(table), title_justify="left", caption_justify="left")
    view.add_column("model")
    view.add_column("seeds", justify="right")
    for name in shown:
        view.add_column(name.replace("_at_", "@"), justify="right")
    view.add_column(f"{table.confidence:.0%} interval", justify="right")
    view.add_column(f"vs {table.reference}", justify="right")
    view.add_column("train", justify="right")
    for row in table.rows:
        cell = row.cells[table.comparison]
        numbers = [_number(row.cells[name]) for name in shown]
        view.add_row(
            row.label, str(row.n_seeds), *numbers, _interval(cell), _against(row), f"{row.duration_s:,.1f} s",
            style="bold" if row.label == table.reference else None,
        )  # fmt: skip
    return view


def _number(cell: Cell) -> str:
    return f"{cell.mean:.4f}" if cell.sd is None else f"{cell.mean:.4f} ±{cell.sd:.4f}"


def _interval(cell: Cell) -> str:
    return "" if cell.low is None or cell.high is None else f"{cell.low:.4f} to {cell.high:.4f}"


def _against(row: Row) -> str:
    if row.difference is None or row.p_adjusted is None:
        return "reference"
    mark = " *" if row.p_adjusted < SIGNIFICANT else ""
    return f"{row.difference.mean:+.4f}{mark}"


def _caption(table: Table) -> str:
    return (
        f"{table.n_cases:,} test cases; ± is the standard deviation over seeds; the interval is of "
        f"{table.comparison.replace('_at_', '@')} over cases; * differs from the reference (paired test, Holm, "
        f"p < {SIGNIFICANT}). Protocol {table.protocol_digest}."
    )

"""The charts of the report, as JSON that BokehJS draws."""

from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.models import (
    ColumnDataSource,
    DataRange1d,
    FactorRange,
    Line,
    NumeralTickFormatter,
    Scatter,
    Segment,
    VSpan,
)
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure

from seqrec.evaluation.results import ComparisonResult, Fit, Slices, Table
from seqrec.report.drawing import HEIGHT, Drawn, add_legend, as_json, empty_chart, source_of
from seqrec.report.palette import Look, looks
from seqrec.report.words import duration, interval, metric_name


def charts(comparison: ComparisonResult, fits: Sequence[Fit]) -> dict[str, dict[str, Any]]:
    """Returns every chart that the content has data for, by name.

    A chart is what `Bokeh.embed.embed_item` takes, and is drawn into the element `chart-NAME`.
    """
    table = comparison.table
    look = looks(table)
    figures = {
        "forest": forest(table, look),
        "coverage": coverage(table, look),
        "time": training_time(table, look),
    }
    learnt = [fit for fit in fits if fit.epochs and fit.label in look]
    if learnt:
        figures |= {"loss": training_loss(learnt, look), "validation": validation(learnt, look)}
    figures |= {f"slices_{i}": by_slice(slices, table, look) for i, slices in enumerate(comparison.slices)}
    return {name: as_json(name, chart) for name, chart in figures.items() if chart is not None}


def forest(table: Table, look: Mapping[str, Look]) -> figure:
    """Draws the comparison metric of each model with its interval, and a line through the reference."""
    cells = {row.label: row.cells[table.comparison] for row in table.rows}
    chart = empty_chart(
        34 * len(cells),
        x_axis_label=metric_name(table.comparison),
        x_range=DataRange1d(start=min(0.0, *(cell.low or 0.0 for cell in cells.values()))),
        y_range=FactorRange(factors=list(reversed(cells))),
    )
    chart.ygrid.visible = False
    chart.add_glyph(VSpan(x=cells[table.reference].mean, line_color="#9aa3af", line_dash="dotted"))
    for label, cell in cells.items():
        low = cell.mean if cell.low is None else cell.low
        high = cell.mean if cell.high is None else cell.high
        told = f"{label}: {cell.mean:.4f} ({low:.4f} to {high:.4f})"
        source = source_of([cell.mean], [label], [told], low=[low], high=[high])
        bar = Segment(x0="low", x1="high", y0="y", y1="y", line_color=look[label].colour, line_width=2)
        chart.add_glyph(source, bar)
        _points(chart, source, look[label], 11)
    return chart


def training_loss(fits: Sequence[Fit], look: Mapping[str, Look]) -> figure:
    """Draws the training loss by epoch, one line per seed."""
    chart = empty_chart(HEIGHT, title="Training loss", x_axis_label="epoch")
    drawn: Drawn = {}
    for fit in fits:
        points = {report.epoch: report.loss for report in fit.epochs if report.phase == "fit"}
        drawn.setdefault(fit.label, []).append(_curve(chart, fit, points, look[fit.label]))
    add_legend(chart, drawn)
    return chart


def validation(fits: Sequence[Fit], look: Mapping[str, Look]) -> figure:
    """Draws the validation metric by epoch, one line per seed; a ring marks the epoch that is kept."""
    chart = empty_chart(HEIGHT, title="Validation NDCG", x_axis_label="epoch")
    drawn: Drawn = {}
    for fit in fits:
        epochs = [report for report in fit.epochs if report.phase == "fit"]
        # The cut-off of early stopping is that of each training; it may differ from the table's.
        metric = next(name for name in epochs[0].valid if name.startswith("ndcg_at_"))
        points = {report.epoch: report.valid[metric] for report in epochs}
        shown = drawn.setdefault(fit.label, [])
        shown.append(_curve(chart, fit, points, look[fit.label]))
        if fit.best_epoch in points:
            best = points[fit.best_epoch]
            kept = source_of([fit.best_epoch], [best], [f"{fit.label}, seed {fit.seed}, kept epoch: {best:.4f}"])
            ring = Scatter(x="x", y="y", size=9, fill_color="white", line_color=look[fit.label].colour, line_width=2.5)
            shown.append(chart.add_glyph(kept, ring))
    add_legend(chart, drawn)
    return chart


def coverage(table: Table, look: Mapping[str, Look]) -> figure | None:
    """Draws accuracy against the share of the catalogue that is recommended at all."""
    name = "coverage_at_" + table.comparison.rpartition("_at_")[2]
    if name not in table.metrics:
        return None
    x = {row.label: row.cells[name].mean for row in table.rows}
    told = {label: f"{value:.1%}" for label, value in x.items()}
    label = "share of the catalogue in some list"
    chart = _against_accuracy(table, look, x, told, x_axis_label=label, x_range=DataRange1d(start=0))
    chart.xaxis.formatter = NumeralTickFormatter(format="0%")
    return chart


def training_time(table: Table, look: Mapping[str, Look]) -> figure:
    """Draws accuracy against training time, on a logarithmic scale."""
    x = {row.label: max(row.duration_s, 1e-3) for row in table.rows}
    told = {row.label: duration(row.duration_s) for row in table.rows}
    label = "training time per seed (seconds, log scale)"
    chart = _against_accuracy(table, look, x, told, x_axis_label=label, x_axis_type="log")
    chart.xaxis.formatter = NumeralTickFormatter(format="0,0[.]000")
    return chart


def by_slice(slices: Slices, table: Table, look: Mapping[str, Look]) -> figure:
    """Draws the hit rate of each model over the groups of one property."""
    metric = "hr_at_" + table.comparison.rpartition("_at_")[2]
    groups = [f"{group.name}\nn = {group.n_cases:,}" for group in slices.groups]
    chart = empty_chart(
        HEIGHT,
        x_range=FactorRange(factors=groups),
        y_range=DataRange1d(start=0),
        y_axis_label=metric_name(metric),
    )
    chart.xgrid.visible = False
    drawn: Drawn = {}
    for row in table.rows:
        own, cells = look[row.label], [group.cells[metric][row.label] for group in slices.groups]
        told = [f"{row.label}: {cell.mean:.4f} ({interval(cell)})" for cell in cells]
        source = source_of(groups, [cell.mean for cell in cells], told)
        line = Line(x="x", y="y", line_color=own.colour, line_dash=own.dash, line_width=1.8)
        drawn[row.label] = [chart.add_glyph(source, line), _points(chart, source, own, 8)]
    add_legend(chart, drawn)
    return chart


def _against_accuracy(
    table: Table,
    look: Mapping[str, Look],
    x: Mapping[str, float],
    told: Mapping[str, str],
    **axis: Any,  # noqa: ANN401 - what `figure` takes
) -> figure:
    chart = empty_chart(HEIGHT, y_axis_label=metric_name(table.comparison), y_range=DataRange1d(start=0), **axis)
    drawn: Drawn = {}
    for row in table.rows:
        mean = row.cells[table.comparison].mean
        source = source_of([x[row.label]], [mean], [f"{row.label}: {mean:.4f} at {told[row.label]}"])
        drawn[row.label] = [_points(chart, source, look[row.label], 13)]
    add_legend(chart, drawn)
    return chart


def _curve(chart: figure, fit: Fit, points: Mapping[int, float], look: Look) -> "GlyphRenderer[Any]":
    told = [f"{fit.label}, seed {fit.seed}, epoch {epoch}: {value:.4f}" for epoch, value in points.items()]
    source = source_of(list(points), list(points.values()), told)
    return chart.add_glyph(source, Line(x="x", y="y", line_color=look.colour, line_width=2, line_alpha=0.8))


def _points(chart: figure, source: ColumnDataSource, look: Look, size: int) -> "GlyphRenderer[Any]":
    colour, fill = look.colour, None if look.hollow else look.colour
    marks = Scatter(x="x", y="y", marker=look.marker, size=size, line_width=1.5, line_color=colour, fill_color=fill)
    return chart.add_glyph(source, marks)

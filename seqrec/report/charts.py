"""The charts of the report, as HTML fragments that need plotly.js on the page."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from markupsafe import Markup
from plotly.subplots import make_subplots

from seqrec.evaluation.results import ComparisonResult, Fit, Slices, Table
from seqrec.report.palette import Look, looks
from seqrec.report.words import duration, interval, metric_name

INK, RULE = "#1d2733", "#e6e8ec"
FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def charts(comparison: ComparisonResult, fits: Sequence[Fit]) -> dict[str, Markup]:
    """Returns every chart that the content has data for, by name."""
    table = comparison.table
    look = looks(table)
    figures = {
        "forest": forest(table, look),
        "coverage": coverage(table, look),
        "time": training_time(table, look),
    }
    if any(fit.epochs for fit in fits):
        figures["learning"] = learning(fits, look)
    figures |= {f"slices_{i}": by_slice(slices, table, look) for i, slices in enumerate(comparison.slices)}
    return {name: _html(figure, name) for name, figure in figures.items() if figure is not None}


def forest(table: Table, look: Mapping[str, Look]) -> go.Figure:
    """Draws the comparison metric of each model with its interval, and a line through the reference."""
    figure = go.Figure()
    for row in reversed(table.rows):
        cell = row.cells[table.comparison]
        low = cell.mean if cell.low is None else cell.low
        high = cell.mean if cell.high is None else cell.high
        figure.add_scatter(
            x=[cell.mean],
            y=[row.label],
            mode="markers",
            marker=_marker(look[row.label], 11),
            error_x={
                "type": "data", "symmetric": False, "width": 0, "color": look[row.label].colour,
                "array": [high - cell.mean], "arrayminus": [cell.mean - low],
            },
            hovertemplate=f"%{{y}}<br>%{{x:.4f}} ({low:.4f} to {high:.4f})<extra></extra>",
            showlegend=False,
        )  # fmt: skip
    figure.add_vline(
        table.row(table.reference).cells[table.comparison].mean,
        line={"color": "#9aa3af", "dash": "dot", "width": 1},
    )
    figure.update_xaxes(title=metric_name(table.comparison), rangemode="tozero")
    figure.update_yaxes(showgrid=False)
    return _styled(figure, 90 + 34 * len(table.rows))


def learning(fits: Sequence[Fit], look: Mapping[str, Look]) -> go.Figure:
    """Draws training loss and validation metric by epoch, one line per seed; a ring marks the epoch that is kept."""
    figure = make_subplots(
        1,
        2,
        subplot_titles=("Training loss", "Validation NDCG, which decides early stopping"),
        horizontal_spacing=0.09,
    )
    named: set[str] = set()
    for fit in (fit for fit in fits if fit.epochs and fit.label in look):
        epochs = [report for report in fit.epochs if report.phase == "fit"]
        # The cut-off of early stopping is that of each training; it may differ from the table's.
        metric = next(name for name in epochs[0].valid if name.startswith("ndcg_at_"))
        style = {
            "mode": "lines", "line": {"color": look[fit.label].colour, "width": 2}, "opacity": 0.8,
            "legendgroup": fit.label, "name": fit.label,
            "hovertemplate": f"{fit.label}, seed {fit.seed}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
        }  # fmt: skip
        losses = [report.loss for report in epochs]
        figure.add_scatter(
            x=[r.epoch for r in epochs], y=losses, showlegend=fit.label not in named, row=1, col=1, **style
        )
        scores = [report.valid[metric] for report in epochs]
        figure.add_scatter(x=[r.epoch for r in epochs], y=scores, showlegend=False, row=1, col=2, **style)
        for report in (report for report in epochs if report.epoch == fit.best_epoch):
            figure.add_scatter(
                x=[report.epoch],
                y=[report.valid[metric]],
                mode="markers",
                marker={"color": "white", "size": 9, "line": {"color": look[fit.label].colour, "width": 2.5}},
                legendgroup=fit.label,
                showlegend=False,
                hovertemplate=f"{fit.label}, seed {fit.seed}<br>kept epoch %{{x}}: %{{y:.4f}}<extra></extra>",
                row=1,
                col=2,
            )
        named.add(fit.label)
    figure.update_xaxes(title="epoch")
    return _styled(figure, 430)


def coverage(table: Table, look: Mapping[str, Look]) -> go.Figure | None:
    """Draws accuracy against the share of the catalogue that is recommended at all."""
    name = "coverage_at_" + table.comparison.rpartition("_at_")[2]
    if name not in table.metrics:
        return None
    x = {row.label: row.cells[name].mean for row in table.rows}
    figure = _against_accuracy(table, look, x, {label: f"{value:.1%}" for label, value in x.items()})
    figure.update_xaxes(title="share of the catalogue in some list", tickformat=".0%", rangemode="tozero")
    return figure


def training_time(table: Table, look: Mapping[str, Look]) -> go.Figure:
    """Draws accuracy against training time, on a logarithmic scale."""
    x = {row.label: max(row.duration_s, 1e-3) for row in table.rows}
    figure = _against_accuracy(table, look, x, {row.label: duration(row.duration_s) for row in table.rows})
    figure.update_xaxes(title="training time per seed (seconds, log scale)", type="log", dtick=1)
    return figure


def by_slice(slices: Slices, table: Table, look: Mapping[str, Look]) -> go.Figure:
    """Draws the hit rate of each model over the groups of one property."""
    metric = "hr_at_" + table.comparison.rpartition("_at_")[2]
    groups = [f"{group.name}<br><span style='color:#7b8794'>n = {group.n_cases:,}</span>" for group in slices.groups]
    figure = go.Figure()
    for row in table.rows:
        cells = [group.cells[metric][row.label] for group in slices.groups]
        figure.add_scatter(
            x=groups,
            y=[cell.mean for cell in cells],
            name=row.label,
            mode="lines+markers",
            marker=_marker(look[row.label], 8),
            line={"color": look[row.label].colour, "dash": look[row.label].dash, "width": 1.8},
            customdata=[interval(cell) for cell in cells],
            hovertemplate=f"{row.label}: %{{y:.4f}} (%{{customdata}})<extra></extra>",
        )
    figure.update_yaxes(title=metric_name(metric), rangemode="tozero")
    figure.update_xaxes(showgrid=False)
    return _styled(figure, 430)


def _against_accuracy(
    table: Table, look: Mapping[str, Look], x: Mapping[str, float], shown: Mapping[str, str]
) -> go.Figure:
    figure = go.Figure()
    for row in table.rows:
        figure.add_scatter(
            x=[x[row.label]],
            y=[row.cells[table.comparison].mean],
            name=row.label,
            mode="markers",
            marker=_marker(look[row.label], 13),
            hovertemplate=f"{row.label}<br>%{{y:.4f}} at {shown[row.label]}<extra></extra>",
        )
    figure.update_yaxes(title=metric_name(table.comparison), rangemode="tozero")
    return _styled(figure, 430)


def _marker(look: Look, size: int) -> dict[str, object]:
    return {
        "color": look.colour,
        "symbol": look.symbol,
        "size": size,
        "line": {"width": 1.5, "color": look.colour},
    }


def _styled(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 56, "r": 16, "t": 32, "b": 48},
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"bgcolor": "white", "bordercolor": RULE, "font": {"family": FONT}},
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "font_size": 12,
        },
    )
    figure.update_xaxes(
        gridcolor=RULE, zeroline=False, linecolor="#c3c9d1", automargin=True, ticks="", title_standoff=10
    )
    figure.update_yaxes(gridcolor=RULE, zeroline=False, automargin=True, ticks="", title_standoff=10)
    return figure


def _html(figure: go.Figure, name: str) -> Markup:
    """Returns the figure as HTML, which is safe because plotly escapes every string in the script."""
    return Markup(  # noqa: S704 - see above
        figure.to_html(
            include_plotlyjs=False,
            include_mathjax=False,
            full_html=False,
            div_id=f"chart-{name}",
            config={"displayModeBar": False, "responsive": True},
        )
    )

"""The page of an experiment's nights: who answered, what the models reached, and how the lists did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bokeh.models import DataRange1d, DatetimeTickFormatter, Line, Range1d, Scatter, Segment
from bokeh.plotting import figure

from seqrec.evaluation.results import Cell
from seqrec.report import words
from seqrec.report.drawing import HEIGHT, Drawn, add_legend, as_json, empty_chart, source_of
from seqrec.report.template import fill
from seqrec.serving.night import Night

Lines = Mapping[str, Sequence[tuple[str, Cell]]]
"""Nights, as ISO 8601, and a value in each, by the name of the line."""
COLOURS = ("#0072b2", "#d55e00", "#66717e")
DAY, HOUR = "%d %b", "%d %b %H:%M"
HALF_DAY_MS = 12 * 3_600_000.0


def render_nights(experiment: str, nights: Sequence[Night]) -> str:
    """Returns the page.

    Args:
        experiment: The name of the experiment.
        nights: All nights, at least one, the last one first.
    """
    names = _names([night.at for night in nights])
    charts = _charts(nights[::-1], names)
    return fill("nights.html", experiment=experiment, nights=nights, names=names, charts=charts, words=words)


def _names(times: Sequence[str]) -> dict[str, str]:
    """Returns what each night is called, by its time: its day, and the minute in UTC if that day has several."""
    n_nights = Counter(at[:10] for at in times)
    return {at: at[:10] if n_nights[at[:10]] == 1 else at[:16].replace("T", " ") for at in times}


def _charts(nights: Sequence[Night], names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    reached = {
        "champion": [(night.at, night.champion.cell) for night in nights if night.champion],
        "best model": [(night.at, night.best.cell) for night in nights],
        "best floor": [(night.at, night.floor.cell) for night in nights],
    }
    figures = {"reached": _over_nights(reached, names, words.metric_name(nights[-1].metric))}
    told = [(night.at, night.outcome) for night in nights if night.outcome]
    if told:
        realised = {
            "lists of the champion": [(at, one.lists["all"].hit_rate) for at, one in told],
            "most popular items": [(at, one.popularity["all"].hit_rate) for at, one in told],
        }
        figures["realised"] = _over_nights(realised, names, "hit rate")
    return {name: as_json(name, chart) for name, chart in figures.items()}


def _over_nights(lines: Lines, names: Mapping[str, str], axis: str) -> figure:
    times = [_milliseconds(at) for points in lines.values() for at, _ in points]
    chart = empty_chart(
        HEIGHT,
        x_axis_type="datetime",
        x_range=Range1d(start=min(times) - HALF_DAY_MS, end=max(times) + HALF_DAY_MS),
        y_axis_label=axis,
        y_range=DataRange1d(start=0),
    )
    chart.xaxis.formatter = DatetimeTickFormatter(minutes=HOUR, hourmin=HOUR, hours=HOUR, days=DAY, months=DAY)
    drawn: Drawn = {}
    # The first line is drawn last, above the others.
    for colour, (name, points) in reversed(list(zip(COLOURS, lines.items(), strict=False))):
        if not points:
            continue
        cells = [cell for _, cell in points]
        source = source_of(
            [_milliseconds(at) for at, _ in points],
            [cell.mean for cell in cells],
            [f"{name}, {names[at]}: {cell.mean:.4f} ({words.interval(cell)})" for at, cell in points],
            low=[cell.mean if cell.low is None else cell.low for cell in cells],
            high=[cell.mean if cell.high is None else cell.high for cell in cells],
        )
        drawn[name] = [
            chart.add_glyph(source, Segment(x0="x", x1="x", y0="low", y1="high", line_color=colour, line_width=1.5)),
            chart.add_glyph(source, Line(x="x", y="y", line_color=colour, line_width=1.8)),
            chart.add_glyph(source, Scatter(x="x", y="y", size=8, line_color=colour, fill_color=colour)),
        ]
    add_legend(chart, dict(reversed(drawn.items())))
    return chart


def _milliseconds(at: str) -> float:
    return 1000.0 * datetime.fromisoformat(at).timestamp()

"""The page of a search: how it went, what mattered, and which settings were tried."""

from collections.abc import Sequence
from typing import Any

from bokeh.models import FactorRange, FixedTicker, HBar, Line, MultiLine, Scatter
from bokeh.plotting import figure

from seqrec.config.toml import toml_value
from seqrec.report.drawing import HEIGHT, Drawn, add_legend, as_json, empty_chart, source_of
from seqrec.report.palette import COLOURS
from seqrec.report.template import fill
from seqrec.tuning.trial import Found, Trial

PRUNED, GREY = "#b3b8bf", "#8a919b"
MARGIN = 0.04
"""The space above and below the lines of parallel coordinates, as a share of their height."""


def render_tuning(experiment: str, found: Sequence[Found]) -> str:
    """Returns the page.

    Args:
        experiment: The name of the experiment.
        found: What was found for each model.
    """
    figures = {"history": history(found)} if any(one.ended for one in found) else {}
    for number, one in enumerate(found):
        if one.importance:
            figures[f"importance_{number}"] = importance(one)
        if any(trial.value is not None for trial in one.ended):
            figures[f"coordinates_{number}"] = coordinates(one)
    charts: dict[str, dict[str, Any]] = {name: as_json(name, chart) for name, chart in figures.items()}
    return fill("tuning.html", experiment=experiment, found=found, charts=charts, shown=_short)


def history(found: Sequence[Found]) -> figure:
    """Draws the score of each trial, and the best so far, one colour per model; hollow marks were left early."""
    chart = empty_chart(HEIGHT, x_axis_label="trial", y_axis_label=f"NDCG@{found[0].k}, mean over folds")
    drawn: Drawn = {}
    for colour, one in zip(COLOURS, found, strict=False):
        drawn[one.label] = []
        for ending, fill_color in (("complete", colour), ("pruned", "white")):
            trials = [trial for trial in one.ended if trial.ending == ending and trial.value is not None]
            told = [f"{one.label}, trial {trial.number + 1}: {trial.value:.4f} ({_told(trial)})" for trial in trials]
            source = source_of([trial.number + 1 for trial in trials], [trial.value for trial in trials], told)
            mark = Scatter(x="x", y="y", size=7, line_color=colour, fill_color=fill_color)
            drawn[one.label].append(chart.add_glyph(source, mark))
        steps = _best_so_far(one)
        source = source_of(
            [x for x, _ in steps], [y for _, y in steps], [f"{one.label}, best so far: {y:.4f}" for _, y in steps]
        )
        drawn[one.label].append(chart.add_glyph(source, Line(x="x", y="y", line_color=colour, line_width=1.8)))
    add_legend(chart, drawn)
    return chart


def importance(found: Found) -> figure:
    """Draws how much of the variance between complete trials each setting explains."""
    shares = dict(sorted(found.importance.items(), key=lambda item: item[1]))
    chart = empty_chart(
        26 * len(shares) + 20, x_axis_label="share of the variance", y_range=FactorRange(factors=[*shares])
    )
    source = source_of([*shares.values()], [*shares], [f"{path}: {share:.0%}" for path, share in shares.items()])
    chart.add_glyph(source, HBar(y="y", right="x", left=0.0, height=0.6, fill_color=COLOURS[0], line_color=None))
    chart.ygrid.visible = False
    return chart


def coordinates(found: Found) -> figure:
    """Draws each trial as a line over its settings and its score; the best fifth in colour, and the best one bold."""
    trials = sorted((trial for trial in found.ended if trial.value is not None), key=lambda trial: trial.value or 0.0)
    paths = list(trials[0].settings)
    places = {path: _places([trial.settings[path] for trial in trials]) for path in paths}
    places["score"] = _places([trial.value or 0.0 for trial in trials])
    axes = [*places]
    good = len(trials) - max(1, len(trials) // 5)
    chart = empty_chart(HEIGHT, x_range=(-0.3, len(axes) - 0.7), y_range=(-MARGIN, 1 + MARGIN))
    chart.xaxis.ticker = FixedTicker(ticks=list(range(len(axes))))
    chart.xaxis.major_label_overrides = dict(enumerate(axes))
    chart.xaxis.major_label_orientation = 0.6
    chart.yaxis.visible = False
    source = source_of(
        [list(range(len(axes)))] * len(trials),
        [[places[axis][row] for axis in axes] for row in range(len(trials))],
        [f"trial {trial.number + 1}: {trial.value:.4f}; {_told(trial)}" for trial in trials],
        colour=[
            COLOURS[1] if row == len(trials) - 1 else COLOURS[0] if row >= good else GREY for row in range(len(trials))
        ],
        width=[3.0 if row == len(trials) - 1 else 1.5 if row >= good else 0.8 for row in range(len(trials))],
    )
    chart.add_glyph(source, MultiLine(xs="x", ys="y", line_color="colour", line_width="width", line_alpha=0.75))
    return chart


def _best_so_far(found: Found) -> list[tuple[int, float]]:
    steps: list[tuple[int, float]] = []
    for trial in found.ended:
        if trial.ending == "complete" and trial.value is not None:
            best = max(trial.value, steps[-1][1] if steps else trial.value)
            steps.append((trial.number + 1, best))
    return steps


def _places(values: Sequence[object]) -> list[float]:
    """Returns where values stand among all values, from 0 to 1: numbers by rank, so that each scale is readable."""
    order = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    place = {value: i / max(1, len(order) - 1) for i, value in enumerate(order)}
    return [place[value] for value in values]


def _told(trial: Trial) -> str:
    return ", ".join(f"{path} {_short(value)}" for path, value in trial.settings.items())


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else toml_value(value).strip('"')

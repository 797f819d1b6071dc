"""What all charts share: their look, their points, which tell about themselves, and their legend."""

from typing import Any, TypeAlias

from bokeh.core.types import ID
from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.models.annotations import Legend, LegendItem
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure
from bokeh.themes import Theme

# Only Bokeh's stubs make renderers generic.
Drawn: TypeAlias = "dict[str, list[GlyphRenderer[Any]]]"
"""What is drawn under each name."""

HEIGHT = 300
"""Pixels between the axes of a chart."""
INK, RULE, SOFT = "#1d2733", "#e6e8ec", "#c3c9d1"
FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
LEGEND_WIDTH, CHARACTER_WIDTH, MARKER_WIDTH = 340, 7, 45
"""Pixels that a legend may take, that one of its characters takes, and that a marker takes with its margins."""

THEME = Theme(
    json={
        "attrs": {
            "Plot": {
                "background_fill_alpha": 0,
                "border_fill_alpha": 0,
                "outline_line_color": None,
                "sizing_mode": "stretch_width",
                "toolbar_location": None,
            },
            "Axis": {
                "axis_line_color": SOFT,
                "major_tick_line_color": None,
                "minor_tick_line_color": None,
                "axis_label_text_font": FONT,
                "axis_label_text_font_size": "13px",
                "axis_label_text_font_style": "normal",
                "axis_label_text_color": INK,
                "major_label_text_font": FONT,
                "major_label_text_font_size": "12px",
                "major_label_text_color": INK,
            },
            "Grid": {"grid_line_color": RULE},
            "Title": {"text_font": FONT, "text_font_size": "14px", "text_font_style": "normal", "text_color": INK},
            "Legend": {
                "border_line_color": None,
                "background_fill_alpha": 0,
                "click_policy": "hide",
                "location": "left",
                "label_text_font": FONT,
                "label_text_font_size": "12px",
                "label_text_color": INK,
            },
        }
    }
)


def as_json(name: str, chart: figure) -> dict[str, Any]:
    """Returns what `Bokeh.embed.embed_item` takes, to draw the chart into the element `chart-NAME`."""
    return dict(json_item(chart, ID(f"chart-{name}"), theme=THEME))


def empty_chart(height: int, **settings: Any) -> figure:  # noqa: ANN401 - what `figure` takes
    """Makes an empty chart whose points tell about themselves."""
    return figure(frame_height=height, tools=[HoverTool(tooltips="@told")], **settings)


def source_of(x: list[Any], y: list[Any], told: list[str], **more: list[Any]) -> ColumnDataSource:
    """Collects points, with the words that each tells about itself."""
    return ColumnDataSource({"x": x, "y": y, "told": told, **more})


def add_legend(chart: figure, drawn: Drawn) -> None:
    """Puts the names below the chart, in as many columns as fit; a click on a name hides what is drawn for it."""
    width = MARKER_WIDTH + CHARACTER_WIDTH * max(map(len, drawn), default=0)
    items = [LegendItem(label={"value": label}, renderers=renderers) for label, renderers in drawn.items()]
    chart.add_layout(Legend(items=items, ncols=max(1, LEGEND_WIDTH // width)), "below")

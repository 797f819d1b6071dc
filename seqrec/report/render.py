"""The rendering of a comparison as one self-contained HTML page, with styles, scripts and data inside."""

from importlib import resources

from bokeh.resources import Resources
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from seqrec.evaluation.machines import mixture
from seqrec.evaluation.results import Table
from seqrec.report import words
from seqrec.report.charts import charts
from seqrec.report.content import ReportContent
from seqrec.report.core_filter import core_notice
from seqrec.report.notices import notices
from seqrec.report.palette import looks
from seqrec.report.quality import quality_sections

_BOKEH = Resources(mode="inline", components=["bokeh"], log_level="warn")
"""What draws plots; widgets, tables and formulas would triple the size of the page."""


def render(content: ReportContent) -> str:
    """Returns the page. Titles, labels and everything else that comes from data are escaped."""
    table = content.comparison.table
    return (
        _environment()
        .from_string(_read("template.html"))
        .render(
            content=content,
            table=table,
            top=_top(table),
            cutoff=table.comparison.rpartition("_at_")[2],
            looks=looks(table),
            charts=charts(content.comparison, content.fits),
            mixture=mixture(content.fits),
            words=words,
            notices_of=notices,
            core_notice=core_notice,
            quality_sections=quality_sections,
            # Only our own files and Bokeh's library are included without escaping.
            style=Markup(_read("style.css")),  # noqa: S704
            bokeh=Markup("\n".join(_BOKEH.js_raw)),  # noqa: S704
        )
    )


def _top(table: Table) -> float:
    """Returns the value at the right end of the leaderboard's bars."""
    cells = [row.cells[table.comparison] for row in table.rows]
    return max(cell.mean if cell.high is None else cell.high for cell in cells) or 1.0


def _environment() -> Environment:
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    # In the JSON of a chart, what refers to another part stands after it.
    made.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return made


def _read(name: str) -> str:
    return (resources.files("seqrec.report") / name).read_text("utf-8")

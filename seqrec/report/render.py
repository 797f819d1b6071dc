"""The rendering of a comparison as one self-contained HTML page, with styles, scripts and data inside."""

from seqrec.evaluation.machines import mixture
from seqrec.evaluation.results import Table
from seqrec.report import words
from seqrec.report.charts import charts
from seqrec.report.content import ReportContent
from seqrec.report.core_filter import core_notice
from seqrec.report.facts import data_in_words
from seqrec.report.notices import notices
from seqrec.report.palette import looks
from seqrec.report.quality import quality_sections
from seqrec.report.template import fill


def render(content: ReportContent) -> str:
    """Returns the page."""
    table = content.comparison.table
    return fill(
        "comparison.html",
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
        data_in_words=data_in_words,
        quality_sections=quality_sections,
    )


def _top(table: Table) -> float:
    """Returns the value at the right end of the leaderboard's bars."""
    cells = [row.cells[table.comparison] for row in table.rows]
    return max(cell.mean if cell.high is None else cell.high for cell in cells) or 1.0

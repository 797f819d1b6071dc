"""The quality report of a dump on a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from flows.cli.display import show
from seqrec.ingest.quality import Quality
from seqrec.report.notices import notices
from seqrec.report.quality import quality_sections


def show_quality(out: Console, quality: Quality) -> None:
    """Print a quality report: one table, then its warnings."""
    out.print(Text(f"Quality of {quality.label}", "italic"))
    view = Table()
    view.add_column("section", no_wrap=True)
    view.add_column("what")
    view.add_column("value", justify="right", no_wrap=True)
    view.add_column("note")
    for row in _rows(quality):
        view.add_row(*row)
    out.print(view)
    for notice in notices(quality):
        show(out, "[bold yellow]warning[/] ", str(notice))


def _rows(quality: Quality) -> Iterator[tuple[str, str, str, str]]:
    for section in quality_sections(quality):
        title = section.title
        for fact in section.facts:
            yield title, escape(fact.what), escape(fact.shown), escape(fact.note)
            title = ""

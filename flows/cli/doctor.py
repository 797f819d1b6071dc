"""The quality report of a dump, to read before trusting numbers computed from it."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.cli.arguments import Changes, Data, Dataset
from flows.cli.display import Display, console
from flows.experiments import find_dataset
from seqrec.ingest.quality import Quality
from seqrec.os_errors import reading_dump
from seqrec.report.notices import notices
from seqrec.report.quality import quality_sections
from storage.dump import inspect
from storage.settings import Settings
from storage.store import Store
from tasks.progress import announce


def doctor(dataset: Dataset, data: Data = Path(), set_: Changes = None) -> None:
    """Show the quality report of a dump, and change nothing.

    A dump that has not been ingested yet is read for the report, and not kept.
    """
    settings = Settings()
    config = find_dataset(dataset, set_ or [])
    out = console()
    with Display(out), reading_dump(data):
        announce(f"inspect {config.label}", "running", f"reading the files in {data}")
        quality = inspect(Store(settings.store_dir), config, data, settings.rows_in_memory)
    show_quality(out, quality)


def show_quality(out: Console, quality: Quality) -> None:
    """Print a quality report: one table, then its warnings."""
    view = Table(title=f"Quality of {escape(quality.label)}", title_justify="left")
    view.add_column("section", no_wrap=True)
    view.add_column("what")
    view.add_column("value", justify="right", no_wrap=True)
    view.add_column("note")
    for row in _rows(quality):
        view.add_row(*row)
    out.print(view)
    for notice in notices(quality):
        out.print(f"[bold yellow]warning[/]  {escape(str(notice))}", highlight=False)


def _rows(quality: Quality) -> Iterator[tuple[str, str, str, str]]:
    for section in quality_sections(quality):
        title = section.title
        for fact in section.facts:
            yield title, escape(fact.what), escape(fact.shown), escape(fact.note)
            title = ""

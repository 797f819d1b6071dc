"""The quality report of a dump, to read before trusting numbers computed from it."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.cli.arguments import Changes, Data, Dataset
from flows.cli.display import Display, console
from flows.environment import prepare_environment
from seqrec.experiment_file import load_dataset
from seqrec.ingest.quality import Quality
from seqrec.report.notices import notices
from seqrec.report.quality import quality_sections
from storage.files.quality import read_quality
from storage.settings import Settings


def doctor(dataset: Dataset, data: Data = Path(), set_: Changes = None) -> None:
    """Show the quality report of a dump.

    A dump that has not been ingested yet is ingested first.
    """
    settings = Settings()
    settings.check_writable()
    config = load_dataset(dataset, set_ or [])
    prepare_environment(settings)
    # Prefect reads its environment when it is imported.
    from flows.ingestion import ingestion  # noqa: PLC0415
    from tasks.ingest import find_dump  # noqa: PLC0415

    out = console()
    ref = find_dump(config, data)
    if ref is None:
        with Display(out):
            ref = ingestion(config, data)
    show_quality(out, read_quality(Path(ref.uri)))


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

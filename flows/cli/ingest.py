"""Ingest a dump on its own."""

from pathlib import Path

from rich.markup import escape

from flows.cli.arguments import Changes, Data, Dataset
from flows.cli.display import Display, console


def ingest(dataset: Dataset, data: Data = Path(), set_: Changes = None) -> None:
    """Read a dump into Parquet and the catalogue.

    The command prints the quality report of the dump.
    """
    from flows.cli.quality import show_quality
    from flows.cli.starting import starting
    from flows.experiments import find_dataset
    from storage.files.quality import read_quality
    from storage.settings import Settings

    settings = Settings()
    config = find_dataset(dataset, set_ or [])
    settings.check_writable()
    out = console()
    with Display(out):
        with starting(settings):
            from flows.ingestion import ingestion
        ref = ingestion(config, data)
    show_quality(out, read_quality(Path(ref.uri)))
    out.print(f"{ref.rows:,} interactions in {escape(ref.uri)}", soft_wrap=True)

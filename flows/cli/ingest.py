"""Ingest a dump on its own."""

from pathlib import Path

from rich.markup import escape

from flows.cli.arguments import Changes, Data, Dataset
from flows.cli.display import Display, console
from flows.cli.doctor import show_quality
from flows.environment import prepare_environment
from flows.experiments import find_dataset
from storage.files.quality import read_quality
from storage.settings import Settings


def ingest(dataset: Dataset, data: Data = Path(), set_: Changes = None) -> None:
    """Read a dump into Parquet and the catalogue.

    The command prints the quality report of the dump.
    """
    settings = Settings()
    config = find_dataset(dataset, set_ or [])
    settings.check_writable()
    prepare_environment(settings)
    from flows.ingestion import ingestion  # noqa: PLC0415 - Prefect reads its environment when it is imported

    out = console()
    with Display(out):
        ref = ingestion(config, data)
    show_quality(out, read_quality(Path(ref.uri)))
    out.print(f"{ref.rows:,} interactions in {escape(ref.uri)}")

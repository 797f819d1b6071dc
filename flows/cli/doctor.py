"""The quality report of a dump, to read before trusting numbers computed from it."""

from pathlib import Path

from flows.cli.arguments import Changes, Data, Dataset
from flows.cli.display import Display, console


def doctor(dataset: Dataset, data: Data = Path(), set_: Changes = None) -> None:
    """Show the quality report of a dump.

    A dump that has not been ingested yet is ingested first.
    """
    from flows.cli.quality import show_quality
    from flows.cli.starting import starting
    from seqrec.experiment_file import load_dataset
    from storage.files.quality import read_quality
    from storage.settings import Settings
    from tasks.known_dump import find_dump

    settings = Settings()
    settings.check_writable()
    config = load_dataset(dataset, set_ or [])
    out = console()
    ref = find_dump(config, data)
    if ref is None:
        with Display(out):
            with starting(settings):
                from flows.ingestion import ingestion
            ref = ingestion(config, data)
    show_quality(out, read_quality(Path(ref.uri)))

"""The quality report of a dump, to read before trusting numbers computed from it."""

from pathlib import Path

from flows.cli.arguments import Changes, Data, Dataset
from flows.cli.display import Display, console


def doctor(dataset: Dataset, data: Data = Path(), set_: Changes = None) -> None:
    """Show the quality report of a dump, and change nothing.

    A dump that has not been ingested yet is read for the report, and not kept.
    """
    from flows.cli.quality import show_quality
    from flows.experiments import find_dataset
    from seqrec.os_errors import reading_dump
    from storage.dump import inspect
    from storage.settings import Settings
    from storage.store import Store
    from tasks.progress import announce

    settings = Settings()
    config = find_dataset(dataset, set_ or [])
    out = console()
    with Display(out), reading_dump(data):
        announce(f"inspect {config.label}", "running", f"reading the files in {data}")
        quality = inspect(Store(settings.store_dir), config, data, settings.rows_in_memory)
    show_quality(out, quality)

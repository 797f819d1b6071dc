"""The quality report of a dump, to read before trusting numbers computed from it."""

import math
from pathlib import Path

from flows.cli.arguments import Changes, Data, Dataset
from flows.cli.display import Display, console, show


def doctor(dataset: Dataset, data: Data = Path(), set_: Changes = None) -> None:
    """Show the quality report of a dump, and change nothing.

    A dump that has not been ingested yet is read for the report, and not kept.
    """
    from flows.cli.quality import show_quality
    from flows.experiments import find_dataset
    from seqrec.datasets.reading import MIN_TOLERATED
    from seqrec.ingest.duplicates import REASON as DUPLICATE
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
    n_bad = sum(count for reason, count in quality.set_aside.items() if reason != DUPLICATE)
    share = quality.bad_share
    if n_bad > MIN_TOLERATED and share > config.max_rejected:
        show(
            out,
            "note    ",
            f"{share:.1%} of the rows of one file can't be used. A run stops above {config.max_rejected:.1%}; if they "
            f"may be left out, such as those of anonymous visitors, set dataset.max_rejected = {_above(share)}.",
        )


def _above(share: float) -> float:
    """Return a round share that is a little larger."""
    return min(1.0, math.ceil(round(share * 1.1 * 100, 6)) / 100)

"""The last run of each experiment: its table and its report, found by the name of the experiment."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from seqrec.errors import StorageError
from storage.atomic_write import atomic_write
from storage.files import read_json, write_json
from storage.settings import ELSEWHERE

LATEST = "latest.json"
REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class LastRun:
    """The results of the last run of an experiment."""

    comparison: Path
    """Folder of the comparison artifact."""
    report: Path
    """Path of the HTML report."""


def write_last_run(reports_dir: Path, experiment: str, comparison: Path, page: Path) -> LastRun:
    """Record a run as the last one of `experiment`, and copy its report `page` into `reports_dir`.

    Raises:
        StorageError: The folder can't be written.
    """
    folder = reports_dir / experiment
    folder.mkdir(parents=True, exist_ok=True)
    latest = LastRun(comparison, folder / REPORT)
    with atomic_write(latest.report) as hidden:
        hidden.write_bytes(page.read_bytes())
    # Paths are relative, so that a data root can be moved.
    write_json(folder / LATEST, {name: os.path.relpath(path, folder) for name, path in asdict(latest).items()})
    return latest


def read_last_run(reports_dir: Path, experiment: str) -> LastRun:
    """Return the last run of `experiment`.

    Raises:
        StorageError: No run of the experiment has finished in this data root.
    """
    file = reports_dir / experiment / LATEST
    if not file.exists():
        known = ", ".join(sorted(found.parent.name for found in reports_dir.glob(f"*/{LATEST}"))) or "none"
        raise StorageError(
            f"results of {experiment}",
            got=f"no finished run in the data root {reports_dir.absolute().parent}",
            expected=f"one of the experiments that have been run there: {known}",
            remedy=f"Run it first: seqrec run {experiment}. {ELSEWHERE}",
        )
    return LastRun(**{name: Path(os.path.normpath(file.parent / path)) for name, path in read_json(file).items()})

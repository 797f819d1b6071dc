"""The finished runs of each experiment, found by its name."""

from dataclasses import dataclass
from pathlib import Path

from seqrec.errors import StorageError
from seqrec.json_value import Value
from storage.atomic_write import atomic_write
from storage.records import Records, now
from storage.settings import ELSEWHERE

RUNS = "runs"
REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class FinishedRun(Value):
    """One run that reached its report."""

    finished_at: str
    """Time in UTC, as ISO 8601."""
    protocol: str
    """Digest of the protocol."""
    comparison: str
    """Key of the comparison in the store."""
    report: str
    """Key of the report in the store."""
    command: str
    """The command that the user typed."""
    data: str = ""
    """Folder of the dump; runs of version 0.1 did not record it."""


class History:
    """The runs of one experiment, and the report of the last one.

    Args:
        reports_dir: Folder of the reports of all experiments.
        experiment: Name of the experiment.
    """

    def __init__(self, reports_dir: Path, experiment: str) -> None:
        self._reports_dir = reports_dir
        self._experiment = experiment
        self._folder = reports_dir / experiment
        self._runs = Records(
            self._folder / RUNS,
            FinishedRun,
            "the record of a finished run",
            "Move this file away. The other runs are still there; `seqrec run` records this one again.",
        )

    @property
    def page(self) -> Path:
        """The report of the last run."""
        return self._folder / REPORT

    def record(self, *, protocol: str, comparison: str, report: str, command: str, data: Path, page: Path) -> None:
        """Add a run that has just finished, and copy its report `page` to a place that people remember.

        Raises:
            StorageError: The folder can't be written.
        """
        run = FinishedRun(now(), protocol, comparison, report, command, str(data.absolute()))
        with atomic_write(self.page) as hidden:
            hidden.write_bytes(page.read_bytes())
        self._runs.add(run)

    def numbered(self) -> dict[int, FinishedRun]:
        """Return all runs, the last one first, by their numbers: the first run is 1. Errors are those of `runs`."""
        runs = self.runs()
        return dict(zip(range(len(runs), 0, -1), runs, strict=True))

    def run(self, number: int) -> FinishedRun:
        """Return the run with this number.

        Raises:
            StorageError: There is none.
        """
        runs = self.numbered()
        if number not in runs:
            raise StorageError(
                f"results of {self._experiment}",
                got=f"no run {number}",
                expected=f"a number from 1, which is the first run, to {len(runs)}, which is the last",
                remedy=f"`seqrec history {self._experiment}` lists the runs with their numbers.",
            )
        return runs[number]

    def runs(self) -> list[FinishedRun]:
        """Return all runs, the last one first.

        Raises:
            StorageError: No run of the experiment has finished in this data root, or a record is damaged.
        """
        runs = list(self.records().values())
        if not runs:
            known = experiments_of(self._reports_dir)
            raise StorageError(
                f"results of {self._experiment}",
                got=f"no finished run in the data root {self._reports_dir.absolute().parent}",
                expected=f"one of the experiments that have been run there: {', '.join(known) or 'none'}",
                remedy=f"Run it first: seqrec run {self._experiment}. {ELSEWHERE}",
            )
        return runs

    def records(self) -> dict[Path, FinishedRun]:
        """Return all runs by the files of their records, the last one first; there may be none.

        Raises:
            StorageError: A record is damaged.
        """
        return self._runs.by_file()

    def last(self, protocol: str | None = None) -> FinishedRun:
        """Return the last run, or the last one under the protocol whose digest begins with `protocol`.

        Raises:
            StorageError: There is none.
        """
        runs = self.runs()
        digests = dict.fromkeys(run.protocol for run in runs)
        found = [digest for digest in digests if digest.startswith(protocol or "")]
        if protocol is not None and len(found) != 1:
            raise StorageError(
                f"results of {self._experiment}",
                got=f"{'no protocol' if not found else 'several protocols'} whose digest begins with '{protocol}'",
                expected=f"the beginning of one of {', '.join(digests)}",
                remedy=f"`seqrec history {self._experiment}` lists the runs and their protocols.",
            )
        return next(run for run in runs if run.protocol in found)


def experiments_of(reports_dir: Path) -> list[str]:
    """Return the names of all experiments with a finished run."""
    return sorted({file.parent.parent.name for file in reports_dir.glob(f"*/{RUNS}/*.json")})

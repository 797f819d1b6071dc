"""One training: the model, its data, and where it reports while it runs."""

import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from seqrec.errors import TrainingError
from seqrec.evaluation.results import Fit, Memory
from seqrec.models import AnyModel
from seqrec.models.base import Recommender
from seqrec.training.distributed import ProcessGroup
from seqrec.training.memory import Peak
from seqrec.types import EpochReport, Run
from storage.checkpoints import Checkpoints
from storage.files import read_training, write_fit
from storage.hardware import machine
from storage.models import Given, open_ingredients, write_model
from tasks.progress import announce
from tasks.resources import Resources


class TrainingJob(BaseModel):
    """The description of a training, small enough to send to other processes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    """Step under which progress is announced."""
    model: AnyModel
    seed: int
    training: Path
    """Folder of the training data."""
    given: Given
    """Everything else that the model is given."""
    folder: Path
    """Folder for the model and the record of its training."""
    checkpoints: Path
    """Folder of the checkpoints, which an interrupted training leaves."""
    child: str | None
    """The tracked run, or None if nothing is tracked."""

    def run(self, resources: Resources, run: Run) -> Mapping[str, object]:
        """Train, write the model into `folder`, and return facts; of several processes, only the first one reports.

        Raises:
            SeqrecError: The model can't be trained.
        """
        data = read_training(self.training)
        recommender = self.model.build(data.n_items)
        given = open_ingredients(resources.store, self.given, run)
        state, reports = Checkpoints(self.checkpoints).load() or (None, [])
        earlier_s = sum(report.duration_s for report in reports)
        reporter = _ProgressReporter(self, resources) if ProcessGroup.here().rank == 0 else None
        if reporter:
            reporter.announce(f"resumed after epoch {reports[-1].epoch}" if reports else "started")
        started = time.perf_counter()
        try:
            with Peak(run.device) as peak:
                for report in recommender.fit(data, given, run, resume=state):
                    reports.append(report)
                    if reporter:
                        reporter.report(recommender, reports)
        except TrainingError:
            # A person wants to see the epochs that led to the failure.
            if reporter:
                reporter.log(reports)
            raise
        fit = Fit(
            label=self.model.name,
            model=self.model.name,
            seed=run.seed,
            duration_s=round(earlier_s + time.perf_counter() - started, 3),
            n_parameters=recommender.n_parameters,
            best_epoch=reports[-1].best_epoch if reports else None,
            epochs=tuple(reports),
            machine=machine(run.device, recommender.precision(run.device)),
            memory=Memory(recommender.footprint, peak.n_bytes),
        )
        if reporter:
            write_model(self.folder, self.model, recommender, self.given)
            write_fit(self.folder, fit)
        return {"model": fit.model, "seed": fit.seed, "epochs": len(reports), "duration_s": fit.duration_s}


class _ProgressReporter:
    """Reports the progress of a training to the display, the tracking server and the disk."""

    def __init__(self, job: TrainingJob, resources: Resources) -> None:
        self._job, self._resources = job, resources
        self._checkpoints = Checkpoints(job.checkpoints)
        self._saved_at = time.perf_counter()

    def announce(self, detail: str) -> None:
        announce(self._job.step, "running", detail)

    def report(self, recommender: Recommender, reports: list[EpochReport]) -> None:
        """Announce an epoch, and save a checkpoint if it is time for one."""
        self.announce(_line(reports[-1]))
        if time.perf_counter() - self._saved_at > self._resources.settings.checkpoint_every_s:
            state = recommender.checkpoint()
            if state is not None:
                self._checkpoints.save(state, reports)
            self.log(reports)
            self._saved_at = time.perf_counter()

    def log(self, reports: list[EpochReport]) -> None:
        if self._job.child is not None:
            self._resources.tracker.log_epochs(self._job.child, reports)


def _line(report: EpochReport) -> str:
    valid = ", ".join(f"{name.replace('_at_', '@')} {value:.4f}" for name, value in report.valid.items())
    phase = "" if report.phase == "fit" else f"{report.phase} "
    return f"{phase}epoch {report.epoch}, loss {report.loss:.4f}, {valid} (best {report.best_epoch})"

"""One training: the model, its data, and where it reports while it runs."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from seqrec import stop
from seqrec.errors import TrainingError
from seqrec.evaluation.results import Fit, Memory, Origin
from seqrec.models import AnyModel
from seqrec.models.base import Recommender
from seqrec.models.neural import NeuralConfig
from seqrec.training.distributed import ProcessGroup
from seqrec.training.memory import Peak
from seqrec.types import EpochReport, Run
from storage.checkpoints import Checkpoints
from storage.files import read_training, write_fit
from storage.hardware import machine
from storage.models import Given, open_ingredients, open_start, write_model
from tasks.progress import announce
from tasks.progress_bar import ProgressBar
from tasks.resources import Resources

ANNOUNCED_EVERY_S: Final = 10.0
"""Seconds between two announcements within an epoch."""
SAVING_SHARE: Final = 0.05
"""The largest share of the time within an epoch that is spent on checkpoints."""


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
    origin: Origin | None = None
    """What the training begins with; None for a start from nothing."""
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
        if self.origin is not None:
            given = replace(given, start=open_start(resources.store, self.origin.model, data.vocabulary))
        state, reports = Checkpoints(self.checkpoints).load() or (None, [])
        earlier_s = sum(report.duration_s for report in reports)
        reporter = _ProgressReporter(self, resources, recommender, reports) if ProcessGroup.here().rank == 0 else None
        if reporter:
            reporter.start(resumed=state is not None)
        started = time.perf_counter()
        on_step = reporter.step if reporter else _check_only
        try:
            with Peak(run.device) as peak:
                for report in recommender.fit(data, given, replace(run, on_step=on_step), resume=state):
                    reports.append(report)
                    if reporter:
                        reporter.epoch()
        except TrainingError:
            # A person wants to see the epochs that led to the failure.
            if reporter:
                reporter.log()
            raise
        except stop.Stopped:
            if reporter:
                reporter.save_if_exact()
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
            origin=self.origin,
        )
        if reporter:
            reporter.finish()
            write_model(self.folder, self.model, recommender, self.given, data)
            write_fit(self.folder, fit)
        return {"model": fit.model, "seed": fit.seed, "epochs": len(reports), "duration_s": fit.duration_s}


def _check_only(done: int, total: int) -> None:  # noqa: ARG001 - the arguments of every callback
    stop.check()


class _ProgressReporter:
    """Reports the progress of a training to the display, the tracking server and the disk.

    Args:
        job: The training.
        resources: The storage.
        recommender: The model that is trained.
        reports: The epochs so far, to which the training adds.
    """

    def __init__(
        self, job: TrainingJob, resources: Resources, recommender: Recommender, reports: list[EpochReport]
    ) -> None:
        self._job, self._resources, self._recommender, self._reports = job, resources, recommender, reports
        self._checkpoints = Checkpoints(job.checkpoints)
        self._saved_at = self._announced_at = time.perf_counter()
        self._saving_s = 0.0
        self._bar = (
            ProgressBar(job.model.training.max_epochs, job.step) if isinstance(job.model, NeuralConfig) else None
        )

    def start(self, *, resumed: bool) -> None:
        """Announce the start."""
        epoch = self._reports[-1].epoch if self._reports else 0
        warm = "" if self._job.origin is None else " with the weights of an earlier run"
        self._announce(f"resumed after epoch {epoch}" if resumed else f"started{warm}")

    def step(self, done: int, total: int) -> None:
        """Announce a step, and save a checkpoint, if it is time for either.

        Raises:
            Stopped: Stopping was requested.
        """
        stop.check()
        now = time.perf_counter()
        if now - self._announced_at > ANNOUNCED_EVERY_S:
            last = f"; {_line(self._reports[-1])}" if self._reports else ""
            self._announce(f"step {done:,} of {total:,} of the next epoch{last}")
        if now - self._saved_at > max(self._resources.settings.checkpoint_every_s, self._saving_s / SAVING_SHARE):
            self.save_if_exact()

    def epoch(self) -> None:
        """Announce an epoch, and save a checkpoint if it is time for one.

        Raises:
            Stopped: Stopping was requested.
        """
        self._announce(_line(self._reports[-1]))
        if self._bar is not None:
            self._bar.show(self._reports[-1].epoch, _line(self._reports[-1]))
        if time.perf_counter() - self._saved_at > self._resources.settings.checkpoint_every_s:
            self._save()
            self.log()
        stop.check()

    def finish(self) -> None:
        """Show that the training is over."""
        if self._bar is not None and self._reports:
            self._bar.finish(_line(self._reports[-1]))

    def save_if_exact(self) -> None:
        """Save a checkpoint within an epoch, unless several processes train: only between epochs do they agree."""
        if ProcessGroup.here().size == 1:
            self._save()

    def log(self) -> None:
        """Log all epochs to the tracking server."""
        if self._job.child is not None:
            self._resources.tracker.log_epochs(self._job.child, self._reports)

    def _announce(self, detail: str) -> None:
        announce(self._job.step, "running", detail)
        self._announced_at = time.perf_counter()

    def _save(self) -> None:
        started = time.perf_counter()
        state = self._recommender.checkpoint()
        if state is not None:
            self._checkpoints.save(state, self._reports)
        self._saved_at = time.perf_counter()
        self._saving_s = self._saved_at - started


def _line(report: EpochReport) -> str:
    valid = ", ".join(f"{name.replace('_at_', '@')} {value:.4f}" for name, value in report.valid.items())
    phase = "" if report.phase == "fit" else f"{report.phase} "
    return f"{phase}epoch {report.epoch}, loss {report.loss:.4f}, {valid} (best {report.best_epoch})"

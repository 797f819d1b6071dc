"""Train one model with one seed: resumable at every checkpoint, tracked while it runs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prefect import task
from prefect.concurrency.sync import concurrency

from seqrec.errors import TrainingError
from seqrec.evaluation.results import Fit
from seqrec.models import AnyModel
from seqrec.models.base import ModelConfig
from seqrec.types import EpochReport, Run, State
from storage.checkpoints import Checkpoints
from storage.files import read_fit, read_split, read_vectors, write_fit, write_json, write_state
from storage.refs import ModelRef, SplitRef, VectorsRef
from storage.source import source_digest
from storage.store import key_of
from tasks.progress import announce, state_of
from tasks.rooms import Rooms, open_rooms
from tasks.tracking import RunRef, failed_if_raised, open_child

SLOT = "seqrec-training"
"""Prefect concurrency limit that trainings share: as many slots as the settings say the devices can take."""


@task(task_run_name="train {label} seed {seed}")
def train(
    label: str, model: AnyModel, seed: int, split: SplitRef, vectors: VectorsRef | None, parent: RunRef
) -> ModelRef:
    """The fitted model: from the store if it was trained before, resumed if that was interrupted."""
    rooms, step = open_rooms(), f"train {label} seed {seed}"
    inputs = {
        "model": model.model_dump(mode="json"),
        "seed": seed,
        "split": split.key,
        "vectors": vectors.key if vectors else None,
        "source": source_digest(type(model).__module__),
    }
    checkpoints = Checkpoints(rooms.settings.work_dir, key_of("model", inputs))
    child = None if parent.complete else open_child(rooms, parent, label, model, seed)

    def make(folder: Path) -> Mapping[str, object]:
        announce(step, "running", "waiting for a training slot")
        with concurrency(SLOT, occupy=1, strict=True):
            training = _Training(rooms, step, checkpoints, child)
            return training.run(model, rooms.run(seed), split, vectors, folder)

    with failed_if_raised(rooms, child):
        artifact = rooms.store.get_or_make("model", inputs, make)
        fit = read_fit(artifact.path)
        if child is not None:
            rooms.tracker.log_epochs(child, fit.epochs)
    # Not before the model is stored: a crash in between would cost the whole training.
    checkpoints.clear()
    announce(step, state_of(made=artifact.made), _summary(fit))
    return ModelRef(key=artifact.key, uri=str(artifact.path), rows=len(fit.epochs))


@dataclass(frozen=True, slots=True)
class _Training:
    """Where one training reports to while it runs."""

    rooms: Rooms
    step: str
    checkpoints: Checkpoints
    child: str | None

    def run(
        self, model: ModelConfig, run: Run, split: SplitRef, vectors: VectorsRef | None, folder: Path
    ) -> Mapping[str, object]:
        """Train, and leave the model and the story of its training in `folder`."""
        data = read_split(Path(split.uri))
        recommender = model.build(data.n_items)
        item_vectors = read_vectors(Path(vectors.uri)) if vectors else None
        state, reports = self.checkpoints.load() or (None, [])
        earlier_s = sum(report.duration_s for report in reports)
        announce(self.step, "running", f"resumed after epoch {reports[-1].epoch}" if reports else "started")
        started = last_kept = time.perf_counter()
        try:
            for report in recommender.fit(data, item_vectors, run, resume=state):
                reports.append(report)
                announce(self.step, "running", _line(report))
                if time.perf_counter() - last_kept > self.rooms.settings.checkpoint_every_s:
                    self._keep(recommender.checkpoint(), reports)
                    last_kept = time.perf_counter()
        except TrainingError:
            # The way to the failure is what a person wants to see.
            self._log(reports)
            raise
        duration_s = earlier_s + time.perf_counter() - started
        write_state(folder, recommender.state())
        fit = Fit(
            label=model.name,
            model=model.name,
            seed=run.seed,
            duration_s=round(duration_s, 3),
            n_parameters=recommender.n_parameters,
            best_epoch=reports[-1].best_epoch if reports else None,
            epochs=tuple(reports),
            device=str(run.device),
            precision=recommender.precision(run.device),
        )
        write_fit(folder, fit)
        write_json(folder / "config.json", model.model_dump(mode="json"))
        return {"model": model.name, "seed": run.seed, "epochs": len(reports), "duration_s": fit.duration_s}

    def _keep(self, state: State | None, reports: list[EpochReport]) -> None:
        if state is not None:
            self.checkpoints.save(state, reports)
        self._log(reports)

    def _log(self, reports: list[EpochReport]) -> None:
        if self.child is not None:
            self.rooms.tracker.log_epochs(self.child, reports)


def _line(report: EpochReport) -> str:
    valid = ", ".join(f"{name.replace('_at_', '@')} {value:.4f}" for name, value in report.valid.items())
    phase = "" if report.phase == "fit" else f"{report.phase} "
    return f"{phase}epoch {report.epoch}, loss {report.loss:.4f}, {valid} (best {report.best_epoch})"


def _summary(fit: Fit) -> str:
    if not fit.epochs:
        return f"{fit.duration_s:.1f} s"
    return f"{len(fit.epochs)} epochs, best {fit.best_epoch}, {fit.duration_s:.1f} s"

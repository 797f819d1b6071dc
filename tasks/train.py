"""Train one model with one seed: the training is resumable at every checkpoint, and tracked while it runs."""

from collections.abc import Mapping
from pathlib import Path

from prefect import task

from seqrec.evaluation.results import Fit, Origin
from seqrec.models import AnyModel
from seqrec.models.neural import NeuralConfig
from storage.checkpoints import Checkpoints
from storage.files import read_fit
from storage.models import Given
from storage.references import unnamed
from storage.refs import IngredientRefs, ModelRef, TrainingRef
from storage.source import source_digest
from storage.store import key_of
from tasks.progress import announce, state_of
from tasks.resources import open_resources
from tasks.torchrun import train_with_torchrun
from tasks.tracking import RunRef, closed_if_raised, log_memory, open_child
from tasks.training_job import TrainingJob


@task(task_run_name="train {label} seed {seed}")
def train(
    label: str,
    model: AnyModel,
    seed: int,
    training: TrainingRef,
    ingredients: IngredientRefs,
    bases: Mapping[str, ModelRef],
    parent: RunRef | None,
    origin: Origin | None = None,
) -> ModelRef:
    """Fit a model, unless it is in the store already; an interrupted training is resumed.

    Args:
        label: Label of the model in the experiment.
        model: Configuration of the model.
        seed: Seed of all random draws.
        training: Training data, which contain no test cases.
        ingredients: Vectors, texts and features that the model needs.
        bases: The fitted models that it uses, by their role in it.
        parent: The tracked run of the pipeline; None if the training is not tracked.
        origin: An earlier fit of the same configuration, whose weights the training begins with.
    """
    resources, step = open_resources(), f"train {label} seed {seed}"
    given = Given.of(training.n_items, ingredients, bases)
    inputs = {
        "model": model.identity,
        "seed": seed,
        "training": training.key,
        "given": given.to_json(),
        "origin": None if origin is None else unnamed(origin.model),
        "source": source_digest(type(model).__module__),
    }
    checkpoints = Checkpoints(resources.settings.work_dir / key_of("model", inputs))
    child = None if parent is None or parent.complete else open_child(resources, parent, label, model, seed)

    def make(folder: Path) -> Mapping[str, object]:
        announce(step, "running", "opening the data")
        job = TrainingJob(
            step=step,
            model=model,
            seed=seed,
            training=Path(training.uri),
            given=given,
            origin=origin,
            folder=folder,
            checkpoints=checkpoints.folder,
            child=child,
        )
        if not isinstance(model, NeuralConfig):
            # It only counts, so it takes no slot from those that train.
            return job.run(resources, resources.run(seed))
        with resources.training_run(seed) as run:
            if resources.settings.processes_per_model > 1:
                return train_with_torchrun(job, resources.settings)
            return job.run(resources, run)

    with closed_if_raised(child):
        artifact = resources.store.get_or_make("model", inputs, make)
        fit = read_fit(artifact.path)
        if child is not None:
            resources.tracker.log_epochs(child, fit.epochs)
            if fit.epochs:
                expected = fit.memory.expected.total if fit.memory.expected else None
                log_memory(resources, child, "training", expected, fit.memory.peak_bytes)
            if not model.compare:
                # It is not evaluated, so its run ends here.
                resources.tracker.log_artifacts(child, artifact.path, "model")
                resources.tracker.finish(child)
    # Only after the model is stored: a crash in between would lose the whole training.
    checkpoints.clear()
    announce(step, state_of(made=artifact.made), _summary(fit))
    return ModelRef(key=artifact.key, uri=str(artifact.path), rows=len(fit.epochs))


def _summary(fit: Fit) -> str:
    if not fit.epochs:
        return f"{fit.duration_s:.1f} s"
    return f"{len(fit.epochs)} epochs, best {fit.best_epoch}, {fit.duration_s:.1f} s"

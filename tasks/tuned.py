"""Write what searches have found: an experiment with the best settings, and a page about all trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prefect import task
from prefect.artifacts import create_table_artifact

from seqrec.config.toml import toml_value
from seqrec.config.toml_document import toml_document
from seqrec.experiment import Experiment
from seqrec.models import FLOORS
from seqrec.tuning.space import Settings, space_in, with_settings
from seqrec.tuning.trial import Found
from storage.atomic_write import atomic_write
from storage.studies import Study
from tasks.progress import announce
from tasks.resources import open_resources

BEST = "best.toml"
PAGE = "tuning.html"


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was found."""

    found: tuple[Found, ...]
    file: Path
    """The experiment with the best settings."""
    page: Path


@task(task_run_name="write what was found for {experiment.name}")
def tuned(experiment: Experiment, studies: Mapping[str, str], folds: Sequence[str]) -> Tuned:
    """Write the experiment with the best settings of each model, and the page of the search.

    Args:
        experiment: The experiment whose models were tuned.
        studies: The name of the study of each model.
        folds: The names of the folds.
    """
    # What draws plots is imported late, since that takes a second.
    from seqrec.report.tuning import render_tuning  # noqa: PLC0415

    settings = open_resources().settings
    folder, found = settings.tuning_dir / experiment.name, []
    for label, name in studies.items():
        study = Study(folder, name, space_in(experiment, label), experiment.tuning)
        found.append(Found(label, tuple(study.trials()), study.importance(), tuple(folds), experiment.protocol.k))
    file = folder / BEST
    with atomic_write(file) as hidden:
        hidden.write_text(_best_experiment(experiment, found), encoding="utf-8")
    page = settings.reports_dir / experiment.name / PAGE
    page.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(page) as hidden:
        hidden.write_text(render_tuning(experiment.name, found), encoding="utf-8")
    _publish(experiment.name, found)
    announce("tune", "done", str(file))
    return Tuned(tuple(found), file, page)


def _best_experiment(experiment: Experiment, found: Sequence[Found]) -> str:
    models = dict(experiment.models)
    for one in found:
        if one.best is not None:
            models[one.label] = with_settings(models[one.label], one.best.settings)
    raw = experiment.model_copy(update={"models": models}).model_dump(mode="json", exclude_unset=True)
    # The floors come by themselves.
    raw["models"] = {label: model for label, model in raw["models"].items() if label not in FLOORS or len(model) > 1}
    raw["name"] = f"{experiment.name}-tuned"
    raw["title"] = f"{experiment.title}, tuned"
    told = "; ".join(
        f"{one.label}: trial {one.best.number + 1}, {one.best.value:.4f}, after {len(one.ended)} trials"
        for one in found
        if one.best is not None
    )
    head = (
        f"# The best settings that `seqrec tune {experiment.name}` has found on folds of the training sessions.\n"
        f"# NDCG@{experiment.protocol.k}, mean over the folds: {told or 'no trial was complete'}.\n"
    )
    return head + toml_document(raw)


def _publish(experiment: str, found: Sequence[Found]) -> None:
    rows: list[dict[str, object]] = [
        {
            "model": one.label,
            f"ndcg@{one.k}": None if one.best is None or one.best.value is None else round(one.best.value, 4),
            "trials": len(one.ended),
            "settings": "" if one.best is None else _shown(one.best.settings),
        }
        for one in found
    ]
    key = experiment.replace("_", "-")
    create_table_artifact(
        table=rows, key=f"{key}-tuning", description="Best settings on folds of the training sessions"
    )


def _shown(settings: Settings) -> str:
    return ", ".join(f"{path} = {toml_value(value)}" for path, value in settings.items())

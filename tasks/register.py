"""Register a model that will answer, together with its twin that was compared."""

from collections.abc import Mapping
from pathlib import Path

from prefect import task

from storage.finished import Finished
from storage.packages import read_card
from storage.promotions import Promotion
from storage.refs import PackageRef
from storage.registry import CHAMPION, Version
from tasks.logged_model import KIND, log_package
from tasks.progress import announce
from tasks.resources import open_resources
from tasks.tracking import closed_if_raised, mlflow_experiment_of, prefix_of

TWIN = "seqrec.twin"
CONFIG = "seqrec.config_digest"
LEARNT_FROM = "seqrec.learnt_from"
LABEL = "seqrec.label"
REPLACED = "seqrec.replaced"
"""The version that answered before: the way back if the record of the promotion was never written."""


@task(task_run_name="register {finished.experiment.name}")
def register(
    finished: Finished, promotion: Promotion, production: PackageRef, evaluated: PackageRef, replaced: str | None
) -> Version:
    """Log both packages as models of one MLflow run, and let the alias `champion` name the one that will answer.

    Args:
        finished: The run in which the model was compared.
        promotion: Why it answers.
        production: The model that learnt from everything.
        evaluated: Its twin, which was compared and knows nothing of the test.
        replaced: The version that answers until now; None if there is none.
    """
    resources, experiment = open_resources(), finished.experiment
    card = read_card(Path(production.uri))
    config = experiment.models[card.label]
    place = mlflow_experiment_of(experiment)
    tags = {
        LABEL: card.label,
        CONFIG: config.digest,
        LEARNT_FROM: card.learnt_from,
        "seqrec.experiment": experiment.name,
        "seqrec.protocol_digest": card.protocol,
        "seqrec.decision": promotion.decision,
        **({} if replaced is None else {REPLACED: replaced}),
    }
    run_id = resources.tracker.start_run(
        place,
        f"production {card.label}",
        tags=tags,
        params={"label": card.label, "seed": card.seed, "model": config.model_dump(mode="json")},
    )
    with closed_if_raised(run_id):
        # The names and the seed are those of the run in which this model was compared, not the mean of its table.
        twin_run = next(one for one in finished.of(card.label) if one.seed == card.seed)
        prefix = prefix_of(finished.protocol)
        metrics = {f"{prefix}/{name}": value for name, value in finished.metrics(twin_run).items()}
        model_ids = {}
        for kind, ref in (("evaluated", evaluated), ("production", production)):
            name = f"{card.label}-{kind}"
            model_ids[kind] = log_package(resources, place, run_id, name, Path(ref.uri), card, {KIND: kind, **tags})
        resources.tracker.log_metrics(run_id, metrics, model_id=model_ids["evaluated"])
        twin = resources.registry.address(model_ids["evaluated"])
        version = resources.registry.register(
            experiment.name, model_ids["production"], run_id, tags | {TWIN: twin}, " ".join(promotion.reasons)
        )
        resources.registry.point(experiment.name, CHAMPION, version.version)
        resources.tracker.describe(run_id, _description(promotion, metrics, card.seed))
        resources.tracker.finish(run_id)
    announce("register", "done", f"version {version.version} of {experiment.name} is the {CHAMPION}: {card.label}")
    return version


def _description(promotion: Promotion, metrics: Mapping[str, float], seed: int) -> str:
    lines = [f"**{promotion.decision}** {promotion.model}", *(f"- {reason}" for reason in promotion.reasons), ""]
    lines += [f"Test results of the evaluated twin, seed {seed}:", ""]
    return "\n".join([*lines, *(f"- {name}: {value:.4f}" for name, value in metrics.items())])

"""Log fitted models in MLflow, in the form in which they can be served."""

from pathlib import Path
from tempfile import TemporaryDirectory

from seqrec.types import Training
from storage.packages import PACKAGE, Card, read_catalogue, write_package
from storage.refs import DumpRef
from tasks.resources import Resources
from tasks.tracking import RunRef

N_EXAMPLE = 3
KIND = "seqrec.kind"


def log_fitted(resources: Resources, parent: RunRef, child: str, card: Card, training: Training) -> str:
    """Log a fitted model as one of its run, unless that has one already, and return the logged model's id.

    Args:
        resources: Store, registry and others.
        parent: The tracked run of the pipeline.
        child: The tracked run of the model.
        card: What its package is.
        training: The data that it was fitted on.
    """
    known = resources.registry.logged_by(parent.experiment, child)
    if known is not None:
        return known
    with TemporaryDirectory() as folder:
        package = Path(folder) / PACKAGE
        dump = resources.store.open(DumpRef.kind, parent.dataset.digest)
        write_package(package, resources.store, card, training, dump.path)
        return log_package(
            resources, parent.experiment, child, f"{card.label}-{card.seed}", package, card, {KIND: "compared"}
        )


def log_package(
    resources: Resources, experiment: str, run_id: str, name: str, package: Path, card: Card, tags: dict[str, str]
) -> str:
    """Log a package as a model of a run, and return the logged model's id.

    Args:
        resources: The registry and others.
        experiment: Experiment of MLflow.
        run_id: The run.
        name: Name of the logged model.
        package: Folder of the package.
        card: What the package is.
        tags: Facts that models are searched by.
    """
    catalogue = read_catalogue(package)
    # The most popular items are a history that every model knows.
    example = [str(item_id) for item_id in catalogue.item_ids[catalogue.popular[:N_EXAMPLE]]]
    return resources.registry.log_model(
        experiment,
        run_id,
        name,
        package,
        example=example,
        params={"seed": str(card.seed), "label": card.label},
        tags=tags,
    )

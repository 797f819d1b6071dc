"""Package a fitted model with everything that it takes to answer in original ids."""

from collections.abc import Mapping
from pathlib import Path

from prefect import task

from storage.files import read_training
from storage.packages import PACKAGE, Card, write_package
from storage.refs import DumpRef, PackageRef, TrainingRef
from storage.source import source_digest
from tasks.progress import announce, state_of
from tasks.resources import open_resources


@task(task_run_name="package {card.label} seed {card.seed}, {role}")
def package(role: str, card: Card, training: TrainingRef, dump: DumpRef) -> PackageRef:
    """Write a package.

    Args:
        role: What the package is for, in words; a promotion makes two of one model.
        card: What the package is; its model is in the store.
        training: The data that the model learnt from.
        dump: The dump, which has the titles.
    """
    resources = open_resources()
    inputs = {"card": card.to_json(), "dump": dump.key, "source": source_digest("seqrec.serving.answers")}

    def make(folder: Path) -> Mapping[str, object]:
        data = read_training(Path(training.uri))
        write_package(folder / PACKAGE, resources.store, card, data, Path(dump.uri))
        return {"n_items": data.n_items}

    artifact = resources.store.get_or_make(PackageRef.kind, inputs, make)
    n_items = artifact.facts["n_items"]
    announce(f"package {card.label}", state_of(made=artifact.made), f"{role}, seed {card.seed}, {n_items:,} items")
    return PackageRef(key=artifact.key, uri=str(artifact.path / PACKAGE), rows=n_items)

"""Extract the item features: the ids of the brand and the categories of each item of the vocabulary."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.text.features import item_features
from storage.files import read_vocabulary, write_features
from storage.refs import DumpRef, FeaturesRef, TrainingRef
from storage.source import source_digest
from tasks.progress import announce, state_of
from tasks.resources import open_resources


@task(task_run_name="extract features")
def extract(dump: DumpRef, training: TrainingRef) -> FeaturesRef:
    """Extract the features of all items of the vocabulary, in its order."""
    inputs = {"dump": dump.key, "training": training.key, "source": source_digest("seqrec.text.features")}

    def make(folder: Path) -> Mapping[str, object]:
        vocabulary = read_vocabulary(Path(training.uri))
        features = item_features(pl.read_parquet(Path(dump.uri) / "items.parquet"), vocabulary)
        write_features(folder, features)
        return {name: len(field.names) for name, field in features.fields.items()}

    artifact = open_resources().store.get_or_make(FeaturesRef.kind, inputs, make)
    detail = ", ".join(f"{n:,} values of {name}" for name, n in artifact.facts.items())
    announce("extract features", state_of(made=artifact.made), detail)
    return FeaturesRef(key=artifact.key, uri=str(artifact.path), rows=training.n_items)

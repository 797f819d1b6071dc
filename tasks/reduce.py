"""Reduce item vectors to the width that a model needs."""

from collections.abc import Mapping
from pathlib import Path

from prefect import task

from seqrec.text.reducers import AnyReducer
from seqrec.text.source import check_dim
from storage.files import read_features, read_training, read_vectors, write_state, write_vectors
from storage.files.vectors import REDUCER
from storage.refs import FeaturesRef, TrainingRef, VectorsRef
from storage.source import source_digest
from tasks.resources import open_resources


@task(task_run_name="reduce {reducer.name}")
def reduce(
    vectors: VectorsRef,
    reducer: AnyReducer,
    training: TrainingRef,
    wanted: Mapping[str, int | None],
    features: FeaturesRef | None = None,
) -> VectorsRef:
    """Reduce the vectors; the reducer is fitted on no more items than its scope declares.

    Args:
        vectors: Vectors from the encoder.
        reducer: Configuration of the reducer.
        training: Training data, which determine the items seen in training.
        wanted: Width that each model with these vectors needs, by label; None accepts any width.
        features: Brands and categories of the items, for a reducer that reads them.

    Raises:
        ConfigError: Their width differs from the one that a model needs.
    """
    inputs = {
        "vectors": vectors.key,
        "training": training.key,
        "reducer": reducer.model_dump(mode="json"),
        "features": features.key if reducer.reads_features and features else None,
        "source": source_digest(type(reducer).__module__),
    }

    def make(folder: Path) -> Mapping[str, object]:
        embedded = read_vectors(Path(vectors.uri))
        known = read_features(Path(features.uri)) if reducer.reads_features and features else None
        fitted = reducer.learn(embedded, read_training(Path(training.uri)).trained, known)
        reduced = reducer.transform(fitted, embedded)
        write_vectors(folder, reduced)
        write_state(folder / REDUCER, fitted)
        return {"reducer": reducer.name, "dim": reduced.dim}

    artifact = open_resources().store.get_or_make("vectors", inputs, make)
    for label, dim in wanted.items():
        check_dim(f"models.{label}", artifact.facts["dim"], dim)
    return VectorsRef(key=artifact.key, uri=str(artifact.path), rows=vectors.rows)

"""Reduce item vectors to the width that a model asks for."""

from collections.abc import Mapping
from pathlib import Path

from prefect import task

from seqrec.text.reducers import AnyReducer
from storage.files import read_split, read_vectors, write_vectors
from storage.refs import SplitRef, VectorsRef
from storage.source import source_digest
from tasks.rooms import open_rooms


@task(task_run_name="reduce {reducer.name}")
def reduce(vectors: VectorsRef, reducer: AnyReducer, split: SplitRef) -> VectorsRef:
    """Reduced vectors, fitted on no more items than the reducer's scope declares."""
    inputs = {
        "vectors": vectors.key,
        "split": split.key,
        "reducer": reducer.model_dump(mode="json"),
        "source": source_digest(type(reducer).__module__),
    }

    def make(folder: Path) -> Mapping[str, object]:
        trained = read_split(Path(split.uri)).trained
        reduced = reducer.reduce(read_vectors(Path(vectors.uri)), trained)
        write_vectors(folder, reduced)
        return {"reducer": reducer.name, "dim": reduced.dim}

    artifact = open_rooms().store.get_or_make("vectors", inputs, make)
    return VectorsRef(key=artifact.key, uri=str(artifact.path), rows=vectors.rows)

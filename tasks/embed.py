"""Embed the items: one text per item, one vector per text, only unseen texts computed or paid."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.text.encoders import AnyEncoder
from seqrec.text.template import Template
from storage.files import read_vocabulary, write_vectors
from storage.refs import DumpRef, SplitRef, VectorsRef
from storage.source import source_digest
from storage.vector_cache import Progress
from tasks.progress import announce, state_of
from tasks.resources import open_resources


@task(task_run_name="embed {label}")
def embed(
    label: str, encoder: AnyEncoder, template: Template, dump: DumpRef, split: SplitRef, data: Path
) -> VectorsRef:
    """Vectors of all items of the split's vocabulary, in its order."""
    resources, step = open_resources(), f"embed {label}"
    vocabulary = read_vocabulary(Path(split.uri))
    item_texts = template.texts(pl.read_parquet(Path(dump.uri) / "items.parquet"), vocabulary)
    inputs = {
        "dump": dump.key,
        "split": split.key,
        "template": template.model_dump(mode="json"),
        "encoder": encoder.identity(item_texts, data),
        "source": source_digest(type(encoder).__module__, "seqrec.text.template"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        vectors, cached = resources.vector_cache.vectors(item_texts, encoder, data, _announcer(step))
        write_vectors(folder, vectors)
        return {
            "encoder": encoder.name,
            "dim": vectors.dim,
            "computed": cached.computed,
            "cached": cached.hits,
            "without_text": int(item_texts.missing.sum()),
        }

    artifact = resources.store.get_or_make("vectors", inputs, make)
    facts = artifact.facts
    announce(
        step,
        state_of(made=artifact.made),
        f"{vocabulary.n_items:,} items, {facts['dim']} wide; {facts['computed']:,} texts computed, "
        f"{facts['cached']:,} from the cache, {facts['without_text']:,} items without text",
    )
    return VectorsRef(key=artifact.key, uri=str(artifact.path), rows=vocabulary.n_items)


def _announcer(step: str) -> Progress:
    return lambda done, total: announce(step, "running", f"{done:,} of {total:,} texts")

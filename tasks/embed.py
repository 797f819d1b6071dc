"""Embed the items: one text per item, one vector per text; only unseen texts are computed or paid for."""

from collections.abc import Mapping
from pathlib import Path

from prefect import task

from seqrec.text.encoders import AnyEncoder
from storage.files import read_texts, write_vectors
from storage.refs import TextsRef, VectorsRef
from storage.source import source_digest
from storage.vector_cache import Progress
from tasks.progress import announce, state_of
from tasks.resources import open_resources


@task(task_run_name="embed {label}")
def embed(label: str, encoder: AnyEncoder, texts: TextsRef, data: Path) -> VectorsRef:
    """Embed the texts of all items, in their order."""
    resources, step = open_resources(), f"embed {label}"
    item_texts = read_texts(Path(texts.uri))
    inputs = {
        "texts": texts.key,
        "encoder": encoder.identity(item_texts, data),
        "source": source_digest(type(encoder).__module__),
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
        f"{texts.rows:,} items, {facts['dim']} wide; {facts['computed']:,} texts computed, "
        f"{facts['cached']:,} from the cache, {facts['without_text']:,} items without a text",
    )
    return VectorsRef(key=artifact.key, uri=str(artifact.path), rows=texts.rows)


def _announcer(step: str) -> Progress:
    return lambda done, total: announce(step, "running", f"{done:,} of {total:,} texts")

"""Compose the item texts: the template writes one text per item of the vocabulary."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.text.template import Template
from storage.files import read_vocabulary, write_texts
from storage.refs import DumpRef, TextsRef, TrainingRef
from storage.source import source_digest
from tasks.progress import announce, state_of
from tasks.resources import open_resources


@task(task_run_name="compose texts")
def compose(template: Template, dump: DumpRef, training: TrainingRef, *, required: bool = True) -> TextsRef:
    """Compose the texts of all items of the vocabulary, in its order; if texts are `required`, there must be some."""
    inputs = {
        "dump": dump.key,
        "training": training.key,
        "template": template.model_dump(mode="json"),
        "source": source_digest("seqrec.text.template"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        announce("compose texts", "running", "writing texts")
        vocabulary = read_vocabulary(Path(training.uri))
        texts = template.texts(pl.read_parquet(Path(dump.uri) / "items.parquet"), vocabulary)
        write_texts(folder, texts)
        return {"without_text": int(texts.missing.sum())}

    artifact = open_resources().store.get_or_make(TextsRef.kind, inputs, make)
    if required and artifact.facts["without_text"] == training.n_items:
        raise template.no_texts()
    detail = f"{training.n_items:,} items, {artifact.facts['without_text']:,} of them without a text"
    announce("compose texts", state_of(made=artifact.made), detail)
    return TextsRef(key=artifact.key, uri=str(artifact.path), rows=training.n_items)

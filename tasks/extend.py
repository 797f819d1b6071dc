"""Extend a package by items that its model was not fitted on, so that they can be recommended without a training."""

from itertools import compress
from pathlib import Path
from typing import Final, Literal

import numpy as np
import polars as pl
from jaxtyping import Float32
from prefect import task

from seqrec.experiment import Experiment
from seqrec.schema import ITEM, TITLE
from seqrec.types import Texts, Vectors, Vocabulary
from storage.package_extension import extend_package, vectors_of
from storage.packages import read_catalogue
from storage.refs import DumpRef
from tasks.progress import announce
from tasks.resources import open_resources

NewItems = Literal["bought", "described", "none"]
"""Which items that the model does not know may be recommended: those with an event, all with a text, or none."""
STEP: Final = "extend"
ITEMS: Final = "items.parquet"
TINY: Final = 1e-30
N_PROBES: Final = 64
SIMILAR: Final = 0.99
"""Items of the package must still have the vectors that they had: their median cosine is at least this."""


@task(task_run_name="extend {experiment.name}")
def extend(
    experiment: Experiment, packaged: Path, dump: DumpRef, data: Path, which: NewItems, folder: Path
) -> tuple[Path, int]:
    """Write a package with the new items of a dump, and return its folder and their number.

    A model that can't place items which it was not fitted on keeps its package.

    Args:
        experiment: The template of texts and the encoders.
        packaged: Folder of the package.
        dump: The dump with the new items.
        data: Folder that relative paths of encoders start from.
        which: The new items that may be recommended.
        folder: A folder that does not exist yet.

    Raises:
        EncoderError: The encoder failed.
        StorageError: Something is missing or damaged, or can't be written.
    """
    used = {} if which == "none" else vectors_of(packaged)
    unknown_encoders = {one.source.encoder for one in used.values()} - set(experiment.encoders)
    if not used or unknown_encoders:
        return packaged, _none(f"the experiment has no encoder {', '.join(unknown_encoders)}" if used else "")
    described, known = pl.read_parquet(Path(dump.uri) / ITEMS), read_catalogue(packaged)
    found = described[ITEM] if which == "described" else _bought(dump)
    new = [item_id for item_id in found.sort().to_list() if not known.is_known(item_id)]
    if not new:
        return packaged, 0
    probes = [item_id for item_id in described[ITEM].sort().to_list() if known.is_known(item_id)][:N_PROBES]
    asked = np.array([*probes, *new], dtype=object)
    texts = experiment.text.texts(described, Vocabulary(asked, np.zeros(0, dtype=object)))
    encoders = {role: experiment.encoders[one.source.encoder] for role, one in used.items()}
    apart = np.logical_and.reduce([encoder.embeds_apart(texts, data) for encoder in encoders.values()])
    n_probes = int(apart[: len(probes)].sum())
    n_new = int(apart.sum()) - n_probes
    if not n_new or not n_probes:
        return packaged, _none(f"none of {len(new):,} can be embedded apart from the others")
    kept = Texts(asked[apart], tuple(compress(texts.texts, apart)), texts.missing[apart])
    announce(STEP, "running", f"embedding {n_new:,} new items")
    codes = known.codes(kept.item_ids[:n_probes].tolist())
    vectors = {}
    for role, one in used.items():
        embedded, _ = open_resources().vector_cache.vectors(kept, encoders[role], data)
        reduced = one.source.reducer.transform(one.reducer, embedded).values
        similar = _median_cosine(reduced[:n_probes], one.vectors.values[codes])
        if similar < SIMILAR:
            return packaged, _none(
                f"the encoder {one.source.encoder} gives other vectors than those that the model knows (median cosine "
                f"{similar:.2f})"
            )
        vectors[role] = Vectors(reduced[n_probes:])
    item_ids = kept.item_ids[n_probes:].tolist()
    titles = pl.DataFrame({ITEM: item_ids}).join(described, on=ITEM, how="left", maintain_order="left")[TITLE].to_list()
    if not extend_package(folder, packaged, item_ids, titles, vectors):
        return packaged, _none("the model can't place them by their vectors")
    left_out = f"; {len(new) - n_new:,} without a vector are left out" if len(new) > n_new else ""
    announce(STEP, "done", f"{n_new:,} new items may be recommended{left_out}")
    return folder, n_new


def _bought(dump: DumpRef) -> pl.Series:
    events = pl.scan_parquet(Path(dump.uri) / "interactions.parquet")
    return events.select(pl.col(ITEM).unique()).collect()[ITEM].cast(pl.String)


def _median_cosine(one: Float32[np.ndarray, "n dim"], other: Float32[np.ndarray, "n dim"]) -> float:
    products = (one * other).sum(1)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    # Two vectors of zeros are the same.
    return float(np.median(np.where(lengths > 0, products / np.maximum(lengths, TINY), 1.0)))


def _none(why: str) -> int:
    """Say why no new items may be recommended, if there is anything to say, and return their number."""
    if why:
        announce(STEP, "note", f"no new items are recommended: {why}")
    return 0

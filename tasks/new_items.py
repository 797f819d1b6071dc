"""Items of a dump that a packaged model was not fitted on: a package that recommends them, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Final, Literal

import numpy as np
import polars as pl
from jaxtyping import Bool, Float32, Int32

from seqrec.experiment import Experiment
from seqrec.schema import ITEM, TITLE
from seqrec.types import Texts, Vectors, Vocabulary
from storage.package_extension import ReducedVectors, extend_package, vectors_of
from storage.packages import read_catalogue
from storage.refs import DumpRef
from storage.vector_cache import VectorCache

NewItems = Literal["bought", "described", "none"]
"""Which items that the model does not know may be recommended: those with an event, all with a text, or none."""
N_PROBES: Final = 64
SIMILAR: Final = 0.99
"""Items of the package must still have the vectors that they had: their median cosine is at least this."""
_TINY: Final = 1e-30


@dataclass(frozen=True, slots=True)
class Extension:
    """The package of a model, and perhaps one with the new items that it can place."""

    base: Path
    """Folder of the package as it was registered."""
    extended: Path | None = None
    """Folder of the package with new items."""
    n_new: int = 0
    n_left_out: int = 0
    """New items that have no vector of their own."""
    why_none: str = ""
    """Why there are none, although the dump has new items; empty if the model never places such items."""

    @property
    def packaged(self) -> Path:
        """Folder of the package that answers."""
        return self.extended or self.base


class NewItemsError(Exception):
    """New items can't be placed; the message says why."""


def with_new_items(
    cache: VectorCache, experiment: Experiment, packaged: Path, dump: DumpRef, data: Path, which: NewItems, folder: Path
) -> Extension:
    """Return the package for the new items of a dump, too, if its model can place them by their vectors.

    They are embedded and reduced as the items of the package were. Some of those are embedded again, to see that the
    encoder is still the same.

    Args:
        cache: Keeps the vectors of texts.
        experiment: The template of texts and the encoders.
        packaged: Folder of the package.
        dump: The dump with the new items.
        data: Folder that relative paths of encoders start from.
        which: The new items that may be recommended.
        folder: Folder of the new package, which does not exist yet.

    Raises:
        EncoderError: The encoder failed.
        StorageError: Something is missing or damaged, or can't be written.
    """
    used = {} if which == "none" else vectors_of(packaged)
    if not used:
        return Extension(packaged)
    described, known = pl.read_parquet(Path(dump.uri) / "items.parquet"), read_catalogue(packaged)
    found = described[ITEM] if which == "described" else _bought(dump)
    new = [item_id for item_id in found.sort().to_list() if not known.is_known(item_id)]
    if not new:
        return Extension(packaged)
    probes = [item_id for item_id in described[ITEM].sort().to_list() if known.is_known(item_id)][:N_PROBES]
    texts = experiment.text.texts(described, Vocabulary(np.array([*probes, *new], object), np.zeros(0, object)))
    try:
        apart = _embedded_apart(experiment, used, texts, data, len(probes))
        n_probes, n_new = int(apart[: len(probes)].sum()), int(apart[len(probes) :].sum())
        texts = Texts(texts.item_ids[apart], tuple(compress(texts.texts, apart)), texts.missing[apart])
        vectors = {}
        for role, one in used.items():
            embedded, _ = cache.vectors(texts, experiment.encoders[one.source.encoder], data)
            reduced = one.source.reducer.transform(one.reducer, embedded)
            _check(one, Vectors(reduced.values[:n_probes]), known.codes(texts.item_ids[:n_probes]))
            vectors[role] = Vectors(reduced.values[n_probes:])
    except NewItemsError as error:
        return Extension(packaged, n_left_out=len(new), why_none=str(error))
    ids = pl.DataFrame({ITEM: texts.item_ids[n_probes:].tolist()})
    titles = ids.join(described, on=ITEM, how="left", maintain_order="left")[TITLE].to_list()
    if not extend_package(folder, packaged, ids[ITEM].to_list(), titles, vectors):
        return Extension(packaged)
    return Extension(packaged, folder, n_new, len(new) - n_new)


def _bought(dump: DumpRef) -> pl.Series:
    events = pl.scan_parquet(Path(dump.uri) / "interactions.parquet")
    return events.select(pl.col(ITEM).unique()).collect()[ITEM].cast(pl.String)


def _embedded_apart(
    experiment: Experiment, used: Mapping[str, ReducedVectors], texts: Texts, data: Path, n_probes: int
) -> Bool[np.ndarray, " n_items"]:
    """Return which items get a vector from each encoder that fits those of the package."""
    labels = {one.source.encoder for one in used.values()}
    if unknown := labels - set(experiment.encoders):
        raise NewItemsError(f"the last run of the experiment has no encoder {', '.join(sorted(unknown))}")
    apart: np.ndarray = np.logical_and.reduce([experiment.encoders[one].embeds_apart(texts, data) for one in labels])
    if not apart[:n_probes].any() or not apart[n_probes:].any():
        raise NewItemsError(f"none of {len(apart) - n_probes:,} can be embedded apart from the others")
    return apart


def _check(used: ReducedVectors, probes: Vectors, codes: Int32[np.ndarray, " n_probes"]) -> None:
    known = used.vectors.values[codes]
    similar = _median_cosine(probes.values, known) if probes.dim == known.shape[1] else 0.0
    if similar < SIMILAR:
        raise NewItemsError(
            f"the encoder {used.source.encoder} gives other vectors than those that the model knows (median cosine "
            f"{similar:.2f})"
        )


def _median_cosine(one: Float32[np.ndarray, "n dim"], other: Float32[np.ndarray, "n dim"]) -> float:
    products = (one * other).sum(1)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    # Two vectors of zeros are the same.
    return float(np.median(np.where(lengths > 0, products / np.maximum(lengths, _TINY), 1.0)))

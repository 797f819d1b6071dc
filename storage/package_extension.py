"""Packages for further items, which their model was not fitted on but can place by their vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from seqrec.digest import digest_of_bytes
from seqrec.models.base import Ingredients
from seqrec.schema import ITEM, TITLE
from seqrec.text.source import VectorSource
from seqrec.types import State, Vectors
from storage.files import read_state, read_vectors, write_state, write_vectors
from storage.files.vectors import REDUCER
from storage.models import Given, extend_model, read_config, read_given
from storage.packages import CANDIDATE, COUNT, STORE, read_card, read_items, write_head
from storage.refs import ModelRef, VectorsRef
from storage.store import Store


@dataclass(frozen=True, slots=True)
class ReducedVectors:
    """Vectors that the model of a package reads."""

    source: VectorSource
    reducer: State
    """The fitted reducer."""
    vectors: Vectors
    """One per item of the package."""


def vectors_of(packaged: Path) -> Mapping[str, ReducedVectors]:
    """Return the vectors that the model of a package reads, by role; none if it reads anything else besides.

    Raises:
        StorageError: Something is missing or damaged.
    """
    store = Store(packaged / STORE)
    model = store.open(ModelRef.kind, read_card(packaged).model).path
    given = read_given(model)
    if given.models or given.texts or given.features:
        return {}
    found = {}
    for role, source in read_config(model).needs.vectors.items():
        folder = store.open(VectorsRef.kind, given.vectors[role]).path
        found[role] = ReducedVectors(source, read_state(folder / REDUCER), read_vectors(folder))
    return found


def extend_package(
    folder: Path,
    packaged: Path,
    item_ids: Sequence[str],
    titles: Sequence[str | None],
    vectors: Mapping[str, Vectors],
) -> bool:
    """Write the package in `packaged` with further items into `folder`, if its model can place them by their vectors.

    Args:
        folder: A folder that does not exist yet.
        packaged: Folder of the package.
        item_ids: The further items.
        titles: Their titles.
        vectors: Their vectors, by role in the model.

    Returns:
        Whether the model can.

    Raises:
        StorageError: Something is missing or damaged, or can't be written.
    """
    card, source, store = read_card(packaged), Store(packaged / STORE), Store(folder / STORE)
    model = source.open(ModelRef.kind, card.model).path
    given = read_given(model)
    fitted_with = {role: source.open(VectorsRef.kind, given.vectors[role]).path for role in vectors}
    joined = {role: _joined(read_vectors(fitted_with[role]), more) for role, more in vectors.items()}
    state = read_config(model).extend(read_state(model), Ingredients(vectors=joined))
    if state is None:
        return False
    keys = {role: _store_vectors(store, joined[role], fitted_with[role]) for role in vectors}
    extended = Given(n_items=given.n_items + len(item_ids), vectors=keys, models={})

    def make(into: Path) -> Mapping[str, object]:
        extend_model(into, model, state, extended, item_ids)
        return {"n_items": extended.n_items}

    inputs = {"model": card.model, "vectors": keys, "items": list(item_ids)}
    key = store.get_or_make(ModelRef.kind, inputs, make).key
    known = read_items(packaged)
    columns = {ITEM: item_ids, TITLE: titles, COUNT: [0] * len(item_ids), CANDIDATE: [True] * len(item_ids)}
    items = pl.DataFrame(columns, schema=known.schema)
    write_head(folder, replace(card, model=key), pl.concat([known, items]))
    return True


def _joined(vectors: Vectors, more: Vectors) -> Vectors:
    return Vectors(np.concatenate([vectors.values, more.values]))


def _store_vectors(store: Store, vectors: Vectors, fitted_with: Path) -> str:
    """Store vectors with the reducer of those that a model was fitted with, and return their key."""

    def make(into: Path) -> Mapping[str, object]:
        write_vectors(into, vectors)
        write_state(into / REDUCER, read_state(fitted_with / REDUCER))
        return {"dim": vectors.dim}

    inputs = {"content": digest_of_bytes(vectors.values.tobytes()), "dim": vectors.dim}
    return store.get_or_make(VectorsRef.kind, inputs, make).key

"""Packages: a fitted model with everything that it takes to answer in original ids, in one folder.

A package is a small store, with copies of the model, of the models, vectors, texts and features that it uses, and of
the items by their original ids. It needs no split, no dump and no other store, so it can be carried to another machine.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from seqrec.digest import digest_of_file
from seqrec.errors import StorageError
from seqrec.json_value import Value
from seqrec.preparation.protocol import Protocol
from seqrec.schema import ITEM, TITLE
from seqrec.serving.answers import Answerer
from seqrec.serving.catalogue import Catalogue
from seqrec.types import Run, Training
from storage.atomic_write import writing
from storage.files import read_json, read_table, write_json, write_table
from storage.files.reading import reading
from storage.models import open_model, read_given
from storage.refs import FeaturesRef, ModelRef, TextsRef, VectorsRef
from storage.store import Store

PACKAGE: Final = "package"
"""Name of the folder of a package."""
CARD: Final = "package.json"
ITEMS: Final = "items.parquet"
STORE: Final = "store"
DIGESTS: Final = "digests.json"
"""Digests of the two files beside the store."""
COUNT: Final = "n_interactions"
CANDIDATE: Final = "candidate"


class DamagedPackageError(StorageError):
    """A file of a package is damaged or missing; the subject is its path in the package."""


@dataclass(frozen=True, slots=True)
class Card(Value):
    """What a package is."""

    experiment: str
    label: str
    """Label of the model in the experiment."""
    seed: int
    model: str
    """Key of the model in the store of the package."""
    protocol: str
    """Digest of the protocol under which the model was compared."""
    exclude_seen: bool
    max_history: int | None
    learnt_from: str
    """Key of the training data."""


def write_package(folder: Path, store: Store, card: Card, training: Training, dump: Path) -> None:
    """Write a package into `folder`.

    Args:
        folder: A folder that does not exist yet.
        store: The store with the model.
        card: What the package is.
        training: The data that the model learnt from.
        dump: Folder of the dump, which has the titles.

    Raises:
        StorageError: Something is missing or damaged, or a file can't be written.
    """
    with writing(folder):
        for kind, key in _artifacts(store, card.model):
            shutil.copytree(store.open(kind, key).path, folder / STORE / kind / key, dirs_exist_ok=True)
    titles = pl.read_parquet(dump / "items.parquet", columns=[ITEM, TITLE])
    items = pl.DataFrame(
        {
            ITEM: pl.Series(training.vocabulary.item_ids.tolist(), dtype=pl.String),
            COUNT: training.counts,
            CANDIDATE: training.rules.candidates,
        }
    ).join(titles, on=ITEM, how="left", maintain_order="left")
    write_head(folder, card, items)


def write_head(folder: Path, card: Card, items: pl.DataFrame) -> None:
    """Write the files beside the store of a package.

    Raises:
        StorageError: A file can't be written.
    """
    write_table(folder / ITEMS, items)
    write_json(folder / CARD, card.to_json())
    write_json(folder / DIGESTS, {name: digest_of_file(folder / name) for name in (ITEMS, CARD)})


def card_of(protocol: Protocol, *, experiment: str, label: str, seed: int, model: str, learnt_from: str) -> Card:
    """Return what a package of a model will be."""
    return Card(
        experiment=experiment,
        label=label,
        seed=seed,
        model=model,
        protocol=protocol.digest,
        exclude_seen=protocol.seen == "exclude",
        max_history=protocol.max_history,
        learnt_from=learnt_from,
    )


def check_package(folder: Path) -> None:
    """Compare all files of the package in `folder` with their digests.

    Raises:
        DamagedPackageError: One differs or is missing.
    """
    try:
        card = read_card(folder)
        _check(folder, ITEMS)
        store = Store(folder / STORE)
        for kind, key in _artifacts(store, card.model):
            store.open(kind, key)
    except StorageError as error:
        raise DamagedPackageError(
            error.subject.removeprefix(f"{folder}/"), got=error.got, expected=error.expected, remedy=error.remedy
        ) from error


def read_card(folder: Path) -> Card:
    """Return what the package in `folder` is.

    Raises:
        StorageError: The file is missing or damaged.
    """
    _check(folder, CARD)
    raw = read_json(folder / CARD)
    with reading(folder / CARD, "the card of a package"):
        return Card.from_json(raw)


def open_package(folder: Path, run: Run) -> Answerer:
    """Open the package in `folder`, ready to answer.

    Raises:
        StorageError: A file is missing or damaged.
    """
    card = read_card(folder)
    return Answerer(
        open_model(Store(folder / STORE), card.model, run), read_catalogue(folder), card.exclude_seen, card.max_history
    )


def read_catalogue(folder: Path) -> Catalogue:
    """Return the items of the package in `folder`.

    Raises:
        StorageError: The file is missing or damaged.
    """
    items = read_items(folder)
    return Catalogue(
        item_ids=items[ITEM].to_numpy(),
        titles=tuple(items[TITLE].to_list()),
        counts=items[COUNT].to_numpy().astype(np.int64),
        candidates=items[CANDIDATE].to_numpy(),
    )


def read_items(folder: Path) -> pl.DataFrame:
    """Return the items of the package in `folder`: id, title, number of interactions, and whether it is a candidate.

    Raises:
        StorageError: The file is missing or damaged.
    """
    _check(folder, ITEMS)
    return read_table(folder / ITEMS, [ITEM, TITLE, COUNT, CANDIDATE])


def _check(folder: Path, name: str) -> None:
    """Compare a file with its digest; the store of the package checks its own."""
    with reading(folder / name, "a file of a package"):
        found = digest_of_file(folder / name)
    expected = read_json(folder / DIGESTS).get(name)
    if found != expected:
        raise StorageError(
            str(folder / name),
            got=f"content with the digest {found}",
            expected=str(expected),
            remedy="The package is damaged: promote the model again, or go back with `seqrec rollback`.",
        )


def _artifacts(store: Store, model: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and key of a model and of everything that it uses."""
    yield ModelRef.kind, model
    given = read_given(store.open(ModelRef.kind, model).path)
    for key in given.vectors.values():
        yield VectorsRef.kind, key
    if given.texts is not None:
        yield TextsRef.kind, given.texts
    if given.features is not None:
        yield FeaturesRef.kind, given.features
    for base in given.models.values():
        yield from _artifacts(store, base)

"""Fitted models in the store: each is opened by its key, since it knows its settings, its items and what it uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from seqrec.json_value import Value
from seqrec.library.data import Columns
from seqrec.library.named_model import NamedModel
from seqrec.models import AnyModel
from seqrec.models.base import Ingredients, ModelConfig, Recommender
from seqrec.models.warm_start import Start
from seqrec.preparation.continuation import rows_of
from seqrec.schema import ITEM
from seqrec.types import Rules, Run, State, Training, Vocabulary
from storage.files import (
    read_features,
    read_json,
    read_state,
    read_table,
    read_texts,
    read_vectors,
    write_json,
    write_state,
    write_table,
)
from storage.files.reading import reading
from storage.refs import IngredientRefs, ModelRef
from storage.store import Store

CONFIG = "config.json"
GIVEN = "given.json"
ITEMS = "items.parquet"
LISTS = "lists.json"
CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class Given(Value):
    """Store keys of everything that a model was fitted with except the training data, by role if there are several."""

    n_items: int
    """Items of the vocabulary."""
    vectors: Mapping[str, str]
    models: Mapping[str, str]
    texts: str | None = None
    features: str | None = None

    @classmethod
    def of(cls, n_items: int, ingredients: IngredientRefs, bases: Mapping[str, ModelRef]) -> "Given":
        """Collect the keys of some refs."""
        return cls(
            n_items=n_items,
            vectors={role: ref.key for role, ref in ingredients.vectors.items()},
            models={role: ref.key for role, ref in bases.items()},
            texts=None if ingredients.texts is None else ingredients.texts.key,
            features=None if ingredients.features is None else ingredients.features.key,
        )


def write_model(folder: Path, config: ModelConfig, model: Recommender, given: Given, training: Training) -> None:
    """Write a fitted model into `folder`, with the ids of its items and the rules of its lists.

    Raises:
        StorageError: A file can't be written.
    """
    write_state(folder, model.state())
    write_json(folder / CONFIG, config.model_dump(mode="json"))
    write_json(folder / GIVEN, given.to_json())
    rules, item_ids = training.rules, pl.Series(training.vocabulary.item_ids, dtype=pl.String)
    write_table(folder / ITEMS, pl.DataFrame({ITEM: item_ids, CANDIDATE: rules.candidates}))
    lists = {"k": rules.k, "exclude_seen": rules.exclude_seen, "max_history": training.max_history}
    write_json(folder / LISTS, lists)


def extend_model(folder: Path, source: Path, state: State, given: Given, item_ids: Sequence[str]) -> None:
    """Write a model for further items into `folder`, beside those that the model in `source` was fitted on.

    Args:
        folder: An empty folder.
        source: Folder of the fitted model.
        state: The model for all items.
        given: What it uses.
        item_ids: The further items, which may be recommended.

    Raises:
        StorageError: A file can't be read or written.
    """
    write_state(folder, state)
    write_json(folder / GIVEN, given.to_json())
    for name in (CONFIG, LISTS):
        write_json(folder / name, read_json(source / name))
    more = pl.DataFrame({ITEM: pl.Series(item_ids, dtype=pl.String), CANDIDATE: [True] * len(item_ids)})
    write_table(folder / ITEMS, pl.concat([read_table(source / ITEMS, [ITEM, CANDIDATE]), more]))


def read_config(folder: Path) -> ModelConfig:
    """Return the configuration of the fitted model in `folder`.

    Raises:
        StorageError: It is missing or damaged.
    """
    raw = read_json(folder / CONFIG)
    with reading(folder / CONFIG, "the configuration of a model"):
        config: ModelConfig = TypeAdapter(AnyModel).validate_python(raw, strict=False)
        return config


def read_given(folder: Path) -> Given:
    """Return the keys of everything that the fitted model in `folder` uses.

    Raises:
        StorageError: They are missing or damaged.
    """
    raw = read_json(folder / GIVEN)
    with reading(folder / GIVEN, "the keys of what a model uses"):
        return Given.from_json(raw)


def open_start(store: Store, key: str, vocabulary: Vocabulary) -> Start:
    """Open the weights of a fitted network for a training that begins with them, on the items of `vocabulary`.

    Raises:
        StorageError: It is not in the store, or is damaged.
    """
    folder = store.open(ModelRef.kind, key).path
    earlier = read_table(folder / ITEMS, [ITEM])[ITEM].to_numpy()
    return Start(read_state(folder), rows_of(vocabulary.item_ids, earlier))


def open_model(store: Store, key: str, run: Run) -> Recommender:
    """Open a fitted model, ready to score, with everything that it uses.

    Raises:
        StorageError: It is not in the store, or it or something that it uses is damaged.
    """
    folder = store.open(ModelRef.kind, key).path
    config, given = read_config(folder), read_given(folder)
    model = config.build(given.n_items)
    model.load(read_state(folder), open_ingredients(store, given, run), run)
    return model


def open_named_model(store: Store, key: str, run: Run) -> NamedModel:
    """Open a fitted model that recommends by original ids, without the split that it was trained on.

    Raises:
        StorageError: It is not in the store, or it or something that it uses is damaged.
    """
    folder = store.open(ModelRef.kind, key).path
    items, lists = read_table(folder / ITEMS, [ITEM, CANDIDATE]), read_json(folder / LISTS)
    with reading(folder / LISTS, "the rules of lists"):
        rules = Rules(lists["k"], items[CANDIDATE].to_numpy(), lists["exclude_seen"])
        return NamedModel(
            recommender=open_model(store, key, run),
            item_ids=items[ITEM].to_numpy(),
            rules=rules,
            max_history=lists["max_history"],
            columns=Columns(),
        )


def open_ingredients(store: Store, given: Given, run: Run) -> Ingredients:
    """Open everything that a model is fitted with except the training data.

    Raises:
        StorageError: Something is not in the store, or is damaged.
    """

    def folder(kind: str, key: str) -> Path:
        return store.open(kind, key).path

    return Ingredients(
        vectors={role: read_vectors(folder("vectors", key)) for role, key in given.vectors.items()},
        texts=None if given.texts is None else read_texts(folder("texts", given.texts)),
        features=None if given.features is None else read_features(folder("features", given.features)),
        models={role: open_model(store, key, run) for role, key in given.models.items()},
    )

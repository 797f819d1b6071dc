"""Fitted models in the store: each is opened by its key, since it knows its settings and the models that it uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from seqrec.json_value import Value
from seqrec.models import AnyModel
from seqrec.models.base import Ingredients, ModelConfig, Recommender
from seqrec.types import Run
from storage.files import read_features, read_json, read_state, read_texts, read_vectors, write_json, write_state
from storage.files.reading import reading
from storage.refs import IngredientRefs, ModelRef
from storage.store import Store

CONFIG = "config.json"
GIVEN = "given.json"


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


def write_model(folder: Path, config: ModelConfig, model: Recommender, given: Given) -> None:
    """Write a fitted model into `folder`.

    Raises:
        StorageError: A file can't be written.
    """
    write_state(folder, model.state())
    write_json(folder / CONFIG, config.model_dump(mode="json"))
    write_json(folder / GIVEN, given.to_json())


def open_model(store: Store, key: str, run: Run) -> Recommender:
    """Open a fitted model, ready to score, with everything that it uses.

    Raises:
        StorageError: It is not in the store, or it or something that it uses is damaged.
    """
    folder = store.open(ModelRef.kind, key).path
    raw_config, raw_given = read_json(folder / CONFIG), read_json(folder / GIVEN)
    with reading(folder / CONFIG, "the configuration of a model"):
        config: ModelConfig = TypeAdapter(AnyModel).validate_python(raw_config, strict=False)
        given = Given.from_json(raw_given)
    model = config.build(given.n_items)
    model.load(read_state(folder), open_ingredients(store, given, run), run)
    return model


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

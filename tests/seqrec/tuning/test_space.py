"""Search spaces: every model's own is valid, changes apply, and settings lead to a model that can be built."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from seqrec.errors import ConfigError
from seqrec.experiment_file import load_experiment
from seqrec.models import MODELS
from seqrec.models.base import ModelConfig
from seqrec.models.item_init import ItemInit
from seqrec.models.markov import Config as Markov
from seqrec.models.sasrec import Config as SASRec
from seqrec.text.source import VectorSource
from seqrec.tuning.dimensions import AnyDimension, Choice, Dimension, Log, Uniform, Whole
from seqrec.tuning.space import space_of, with_settings
from tests.seqrec.models.smallest import smallest

PCA: dict[str, Any] = {"encoder": "any", "reducer": {"name": "pca", "dim": 256}}
SOURCE = VectorSource.model_validate(PCA)


def ends(dimension: Dimension) -> list[Any]:
    """Return values of a dimension: all options, or both ends."""
    match dimension:
        case Choice():
            return list(dimension.options)
        case Uniform() | Log() | Whole():
            return [dimension.low, dimension.high]
    raise AssertionError(dimension)


@pytest.mark.parametrize("config", [config for config in MODELS if config.search_space], ids=lambda one: one.__module__)
def test_every_value_of_every_models_space_is_valid(config: type[ModelConfig]) -> None:
    model = smallest(config)
    space = space_of("one", model, {})
    assert space
    for path, dimension in space.items():
        for value in ends(dimension):
            changed = with_settings(model, {path: value}).model_dump(mode="json")
            for key in path.split("."):
                changed = changed[key]
            assert changed == value


def test_vectors_follow_the_width_of_the_network() -> None:
    for written in ({"item_init": {"source": PCA}}, {"item_table": {"name": "adaptor", "source": PCA}}):
        model = SASRec.model_validate(written)
        (source,) = with_settings(model, {"dim": 64}).needs.vectors.values()
        assert source.reducer.out_dim == 64


def test_settings_of_a_table_that_is_left_out_are_not_searched() -> None:
    plain, with_vectors = space_of("one", SASRec(), {}), space_of("one", SASRec(item_init=ItemInit(source=SOURCE)), {})
    assert "item_init.scale" not in plain
    assert set(with_vectors) - set(plain) == {"item_init.scale"}


def test_changes_replace_and_add() -> None:
    changes = {"training.lr": Log(low=1e-5, high=1e-4), "head.bias": Choice(options=(True, False))}
    space = space_of("one", SASRec(), changes)
    assert space["training.lr"] == changes["training.lr"]
    assert space["head.bias"] == changes["head.bias"]
    assert space["dropout"] == SASRec.search_space["dropout"]


def test_unknown_settings_and_empty_spaces_are_refused() -> None:
    with pytest.raises(ConfigError, match="'droput', which is no setting of one"):
        space_of("one", SASRec(), {"droput": Uniform(low=0.0, high=1.0)})
    with pytest.raises(ConfigError, match="no search space"):
        space_of("one", Markov(), {})


def test_settings_that_do_not_fit_together_are_an_error() -> None:
    with pytest.raises(ConfigError, match="not a multiple of n_heads"):
        with_settings(SASRec(), {"dim": 65, "n_heads": 2})


@pytest.mark.parametrize(
    "raw",
    [
        {"name": "log", "low": 0.0, "high": 1.0},
        {"name": "uniform", "low": 1.0, "high": 1.0},
        {"name": "whole", "low": 1.5, "high": 3},
        {"name": "choice", "options": [1]},
        {"name": "choice", "options": [1, 1]},
        {"name": "normal", "low": 0.0, "high": 1.0},
    ],
)
def test_dimensions_without_values_are_refused(raw: dict[str, Any]) -> None:
    adapter: TypeAdapter[Dimension] = TypeAdapter(AnyDimension)
    with pytest.raises(ValidationError):
        adapter.validate_python(raw)


def test_an_experiment_names_its_spaces(tmp_path: Any) -> None:
    file = tmp_path / "one.toml"
    text = """
name = "one"
dataset = { name = "demo" }
protocol = { split = { name = "temporal" } }
models.sasrec = { name = "sasrec" }
[tuning]
folds = [2, 3]
[tuning.space.sasrec]
"training.lr" = { name = "log", low = 1e-4, high = 1e-2 }
"""
    file.write_text(text)
    experiment = load_experiment(file)
    assert experiment.tuning.space["sasrec"] == {"training.lr": Log(low=1e-4, high=1e-2)}
    for wrong, told in (
        ("folds = [2, 4]", "the folds of the split are 1, 2, 3"),
        ("folds = []", "the folds of the split are 1, 2, 3"),
        ("[tuning.space.sasrek]", "tuning.space names 'sasrek'"),
    ):
        right = "folds = [2, 3]" if "folds" in wrong else "[tuning.space.sasrec]"
        file.write_text(text.replace(right, wrong))
        with pytest.raises(ConfigError, match=told):
            load_experiment(file)

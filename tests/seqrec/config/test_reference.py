"""The reference of a configuration, made from its classes."""

import tomllib
from typing import Any

import pytest
from pydantic import Field

from seqrec.config import Config, Listed, name_of
from seqrec.config.reference import Key
from seqrec.datasets import DATASETS
from seqrec.errors import ConfigError
from seqrec.experiment import Experiment
from seqrec.models import MODELS
from seqrec.nn.losses import LOSSES
from seqrec.preparation.splits import SPLITS
from seqrec.text.encoders import ENCODERS
from seqrec.text.reducers import REDUCERS


class Bounds(Config):
    """Where to look."""

    low: float = 0.0
    """The least."""


class Search(Config):
    """Shapes that no experiment has."""

    spaces: dict[str, Bounds] = Field(default_factory=dict)
    """Where to look, by key."""
    weights: dict[str, float] = Field(default_factory=dict)
    """How much each counts."""
    rounds: Listed[Bounds] = ()
    """One after another."""
    anything: Any = None
    """Whatever."""


ROOT = Key.of(Experiment.model_json_schema())
ALL = list(ROOT.walk())
UNIONS = {
    "dataset": DATASETS,
    "models": MODELS,
    "encoders": ENCODERS,
    "protocol.split": SPLITS,
    "models.sasrec.loss": LOSSES,
    "models.llm_seq_sim.source.reducer": REDUCERS,
}
MEMBERS = [(path, config) for path, configs in UNIONS.items() for config in configs]


def at(path: str) -> Key:
    """Return the key at a path as a user writes it."""
    return ROOT.find(path.split("."))


@pytest.mark.parametrize("key", ALL[1:], ids=[key.dotted for key in ALL[1:]])
def test_every_key_says_what_it_is_and_means(key: Key) -> None:
    assert key.type
    assert key.meaning, f"{key.dotted} has no docstring: write one under the field"
    assert key.meaning[0].isupper() or key.meaning[0] in "`0123456789", key.meaning
    assert key.meaning.rstrip().endswith((".", "`")), key.meaning
    assert at(key.dotted) == key


@pytest.mark.parametrize("key", ALL, ids=[key.dotted for key in ALL])
def test_no_type_is_a_regular_expression(key: Key) -> None:
    assert "that matches" not in key.type, "give the pattern words: seqrec.config.pattern"


@pytest.mark.parametrize("path", UNIONS)
def test_a_union_offers_all_its_members(path: str) -> None:
    assert sorted(choice.name for choice in at(path).choices) == sorted(map(name_of, UNIONS[path]))


@pytest.mark.parametrize(("path", "config"), MEMBERS, ids=[f"{path}.{name_of(config)}" for path, config in MEMBERS])
def test_a_table_has_the_keys_and_defaults_of_its_class(path: str, config: type[Config]) -> None:
    table = at(f"{path}.{name_of(config)}")
    assert [key.name for key in table.keys] == list(config.model_fields)
    required = {name for name, field in config.model_fields.items() if field.is_required()} | {"name"}
    assert {key.name for key in table.keys if key.required} == required
    fields = config.model_construct().model_dump(mode="json")
    for key in table.keys:
        if key.default_toml and not key.below:
            assert tomllib.loads(f"value = {key.default_toml}")["value"] == fields[key.name]
        elif not key.below:
            assert key.required or fields[key.name] is None


def test_the_defaults_of_an_inner_table_are_those_of_its_place() -> None:
    assert (at("models.sasrec.head").default_toml, at("models.sasrec.head.activation").default_toml) == ("", '"none"')
    assert at("models.bert4rec.head").default_toml == '{ activation = "gelu" }'
    assert at("models.bert4rec.head.activation").default_toml == '"gelu"'


def test_the_default_of_a_choice_names_it_and_no_more() -> None:
    assert at("protocol.candidates").default_toml == '{ name = "full" }'


def test_an_optional_table_is_a_table() -> None:
    assert at("dataset.table.catalogue").type == "a table"
    assert not at("dataset.table.catalogue").required
    assert at("dataset.table.catalogue.file").type == "text that is not empty"


def test_labels_of_the_users_own_are_passed_over() -> None:
    assert at("encoders").type.startswith('for each label of your own, a table whose name is one of "lsa"')
    assert at("encoders.openai.batch_size").default_toml == "256"


@pytest.mark.parametrize(
    ("key", "words", "inner"),
    [
        ("spaces", "for each label of your own, a table", ["low"]),
        ("weights", "for each label of your own, a number", []),
        ("rounds", "a list, each a table", ["low"]),
        ("anything", "any value", []),
    ],
)
def test_tables_under_labels_and_in_lists(key: str, words: str, inner: list[str]) -> None:
    found = Key.of(Search.model_json_schema()).find([key])
    assert found.type == words
    assert [below.name for below in found.below] == inner


def test_what_docstrings_say_to_programmers_is_left_out() -> None:
    assert not [key.dotted for key in ALL for word in ("Raises:", "Args:") if word in key.text]


@pytest.mark.parametrize(
    ("path", "expected", "remedy"),
    [
        ("modles", "one of name, title", "Did you mean 'models'?"),
        ("sasrec", "one of name, title", "Did you mean 'models.sasrec'?"),
        ("models.sasrek", "sasrec", "Did you mean 'models.sasrec'?"),
        ("models.sasrec.training.epochs", "max_epochs", "Did you mean 'models.sasrec.training.max_epochs'?"),
        ("models.sasrec.dim.width", "nothing below models.sasrec.dim, which is a single value", "Check the spelling."),
        ("protocol..split", "core", "Check the spelling."),
    ],
)
def test_a_wrong_path_names_the_nearest(path: str, expected: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        at(path)
    assert caught.value.got == "an unknown key"
    assert expected in caught.value.expected
    assert caught.value.remedy == remedy

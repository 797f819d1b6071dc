import json

import pytest
from pydantic import ValidationError

from seqrec.config.errors import config_error
from seqrec.errors import ConfigError
from tests.seqrec.config.zoo import Zoo


def error_of(**changes: object) -> ConfigError:
    raw = {"title": "t", "models": {"a": {"name": "net"}}} | changes
    raw = {key: value for key, value in raw.items() if value is not None}
    with pytest.raises(ValidationError) as caught:
        Zoo.model_validate_json(json.dumps(raw))
    return config_error("zoo.toml", Zoo, raw, caught.value)


@pytest.mark.parametrize(
    ("changes", "subject", "got", "expected", "remedy"),
    [
        ({"titel": 1}, "titel", "an unknown key", "title, models", "Did you mean 'title'?"),
        ({"wxyz": 1}, "wxyz", "an unknown key", "title, models", "Remove it."),
        (
            {"models": {"a": {"name": "net", "dmi": 3}}},
            "models.a.dmi",
            "an unknown key",
            "name, dim",
            "'dim'?",
        ),
        ({"models": {"a": {"name": "net", "dim": "x"}}}, "models.a.dim", "'x'", "a valid integer", "Correct"),
        ({"models": {"a": {"name": "net", "dim": 0}}}, "models.a.dim", "0", "greater than 0", "Correct"),
        (
            {"models": {"a": {"name": "count", "window": "some"}}},
            "models.a.window",
            "'some'",
            'a whole number or "all"',
            "Correct",
        ),
        ({"models": {"a": {"name": "nte"}}}, "models.a.name", "'nte'", "net, count", "Did you mean 'net'?"),
        ({"models": {"a": {"dim": 3}}}, "models.a.name", "nothing", "net, count", "Choose"),
        ({"models": {"a": 3}}, "models.a", "3", "a table", "keys"),
        ({"models": [1]}, "models", "[1]", "a table", "keys"),
        (
            {"models": {"A": {"name": "net"}}},
            "models.A",
            "'A'",
            "lower-case letters",
            "Correct",
        ),
        (
            {"models": {"a": {"name": "net", "init": {"lr": "x"}}}},
            "models.a.init.lr",
            "'x'",
            "a valid number",
            "Correct",
        ),
        (
            {"main": {"name": "net", "training": {"lr": True}}},
            "main.training.lr",
            "true",
            "number",
            "Correct",
        ),
        ({"sizes": [1, "2"]}, "sizes[1]", "'2'", "a valid integer", "Correct"),
        ({"mode": "medium"}, "mode", "'medium'", "'fast' or 'slow'", "Correct"),
        ({"title": None}, "title", "nothing", "a value", "Add it"),
    ],
)
def test_one_mistake_is_named_in_full(changes, subject, got, expected, remedy):
    error = error_of(**changes)
    assert error.subject == f"zoo.toml: {subject}"
    assert error.got == got
    assert expected in error.expected
    assert remedy in error.remedy


def test_several_mistakes_are_one_error_with_a_line_for_each():
    error = error_of(titel=1, mode="medium", models={"a": {"name": "net", "dim": "x"}})
    assert error.subject == "zoo.toml"
    assert error.got == "3 mistakes"
    lines = error.remedy.splitlines()[1:]
    assert [line.strip().split(":")[0] for line in lines] == ["models.a.dim", "mode", "titel"]


def test_each_breach_of_a_rule_over_several_keys_is_a_mistake():
    error = error_of(mode="slow", sizes=[])
    assert error.got == "2 mistakes"
    assert "mode is 'slow'; that needs sizes" in error.remedy
    assert "sizes is empty; that needs mode 'fast'" in error.remedy


def test_a_long_value_is_cut():
    error = error_of(mode="m" * 500)
    assert len(error.got) == 80
    assert error.got.endswith("...")

import pytest

from seqrec.config.overrides import override
from seqrec.errors import ConfigError
from tests.seqrec.config.zoo import Zoo

RAW = {"title": "t", "models": {"a": {"name": "net"}, "b": {"name": "count"}, "c": {"name": "net", "dim": 2}}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("3e-4", 3e-4),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("'quoted'", "quoted"),
        ("plain", "plain"),
        ("two words", "two words"),
        ("a=b", "a=b"),
        ("{ name = 'net', dim = 3 }", {"name": "net", "dim": 3}),
        ("1\nother = 2", "1\nother = 2"),
        ("", ""),
    ],
)
def test_values_are_toml_or_else_text(text, value):
    assert override(RAW, Zoo, [f"title={text}"])["title"] == value


def test_tables_are_made_on_the_way_and_the_original_stays():
    changed = override(RAW, Zoo, ["models.a.training.lr=0.5", "models.d.name=net", "models.d.dim=7"])
    assert changed["models"]["a"] == {"name": "net", "training": {"lr": 0.5}}
    assert changed["models"]["d"] == {"name": "net", "dim": 7}
    assert "training" not in RAW["models"]["a"]


def test_a_star_changes_those_that_have_the_setting_and_no_other():
    changed = override(RAW, Zoo, ["models.*.training.max_epochs=2"])["models"]
    assert changed["a"] == {"name": "net", "training": {"max_epochs": 2}}
    assert changed["b"] == {"name": "count"}
    assert changed["c"] == {"name": "net", "dim": 2, "training": {"max_epochs": 2}}


def test_the_last_assignment_wins_and_a_star_sees_what_came_before():
    changed = override(RAW, Zoo, ["models.b.name=net", "models.*.dim=4", "models.a.dim=5"])["models"]
    assert {label: model["dim"] for label, model in changed.items()} == {"a": 5, "b": 4, "c": 4}


@pytest.mark.parametrize(
    ("assignment", "got"),
    [
        ("title", "no key with a value"),
        ("=3", "no key with a value"),
        ("models..dim=3", "no key with a value"),
        ("models.*.depth=3", "no setting"),
        ("nothing.*.x=3", "no setting"),
        ("title.x=3", "title, which is a single value"),
    ],
)
def test_what_can_not_be_assigned(assignment, got):
    with pytest.raises(ConfigError) as caught:
        override(RAW, Zoo, [assignment])
    assert caught.value.subject == f"--set {assignment}"
    assert got in caught.value.got
    assert caught.value.remedy

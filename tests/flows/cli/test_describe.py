"""`seqrec describe`: the reference as a person sees it."""

from io import StringIO

import pytest
from rich.console import Console

from flows.cli.describe import known_keys, show_key
from seqrec.config.reference import Key
from storage.settings import Settings
from tests.flows.command import Command

TABLES = [key for key in known_keys().walk() if key.below]


def shown(key: Key, width: int) -> str:
    """Return the output for a key on a terminal of this width."""
    out = StringIO()
    show_key(Console(file=out, width=width), key)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("key", TABLES, ids=[key.dotted or "everything" for key in TABLES])
def test_nothing_is_cut_or_runs_over_the_edge(key: Key, width: int) -> None:
    text = shown(key, width)
    assert max(map(len, text.splitlines())) <= width
    words = text.split()
    for inner in key.below:
        assert inner.name in words
        meaning = inner.meaning.split()
        # A word that is longer than its column may be broken; none of these words is.
        assert [word for word in meaning if word not in words] == []


def test_the_top_level_lists_what_can_be_described(command: Command) -> None:
    result = command("describe")
    assert (result.code, result.err) == (0, "")
    paths = result.out.split("next     seqrec describe ")[1].split(" | ")
    assert [path.strip() for path in paths] == [key.name for key in known_keys().keys if key.below]
    for path in paths:
        assert command("describe", path.strip()).code == 0


def test_no_line_is_padded_where_no_terminal_is(command: Command) -> None:
    lines = command("describe", "models.sasrec").out.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


def test_a_path_goes_as_deep_as_one_likes(command: Command) -> None:
    facts = "a whole number above 0, default 100"
    training = command("describe", "models.sasrec.training").out.splitlines()
    assert ["max_epochs", *facts.split()] in [line.split() for line in training]
    one = command("describe", "models.sasrec.training.max_epochs").out.splitlines()
    assert one[0] == f"models.sasrec.training.max_epochs  {facts}"
    assert "time_unit" in command("describe", "dataset.table.events").out


def test_the_settings_go_by_the_names_of_their_variables(command: Command) -> None:
    result = command("describe", "settings")
    assert [name for name in Settings.model_fields if f"SEQREC_{name.upper()}" not in result.out] == []


def test_a_wrong_path(command: Command) -> None:
    result = command("describe", "modles.sasrec")
    assert result.code == 2
    assert [line.split(maxsplit=1)[0] for line in result.err.splitlines()] == ["error", "found", "expected", "remedy"]
    assert "Did you mean 'models'?" in result.err

"""The text of a first experiment."""

import tomllib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqrec.experiment_file import load_experiment
from seqrec.models import FLOORS
from seqrec.starter.draft import draft_experiment
from tests.seqrec.datasets.files import interactions_of, items_of
from tests.seqrec.starter.shop import DEMO, articles, orders, write

# Arrow ends names at a NUL; polars takes names such as * and ^a$ for patterns.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0*^")
NAMES = st.lists(st.text(CHARACTERS, min_size=1), min_size=1, max_size=5, unique=True)


def saved(folder: Path, text: str) -> Path:
    """Write the draft as a file."""
    path = folder / "experiment.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_it_loads_and_reads_the_tables(tmp_path: Path, suffix: str) -> None:
    events = write(orders(), tmp_path / f"orders.{suffix}")
    (tmp_path / "items").mkdir()
    items = write(articles(), tmp_path / "items" / f"articles.{suffix}")
    experiment = load_experiment(saved(tmp_path, draft_experiment(events, items).text))
    assert experiment.name == "orders"
    assert experiment.protocol.split.name == "temporal"
    assert set(experiment.models) == {*FLOORS, "sknn", "sasrec", "llm_seq_sim", "sasrec_titles"}
    expected, found = (interactions_of(dataset, tmp_path) for dataset in (DEMO, experiment.dataset))
    assert found.select("user_id", "item_id", "value").equals(expected.select("user_id", "item_id", "value"))
    described = items_of(experiment.dataset, tmp_path)
    assert described["item_id"].to_list() == articles()["article"].to_list()
    assert described["title"][0] == articles()["article_name"][0]


def test_without_titles_there_is_no_text_model(tmp_path: Path) -> None:
    experiment = load_experiment(saved(tmp_path, draft_experiment(write(orders(), tmp_path / "o.csv")).text))
    assert set(experiment.models) == {*FLOORS, "sknn", "sasrec"}
    assert experiment.encoders == {}


def test_without_dates_the_last_item_is_left_out(tmp_path: Path) -> None:
    numbered = orders().with_columns(ordered_date=pl.int_range(pl.len()))
    text = draft_experiment(write(numbered, tmp_path / "o.csv")).text
    experiment = load_experiment(saved(tmp_path, text))
    assert experiment.protocol.split.name == "leave_one_out"
    assert interactions_of(experiment.dataset, tmp_path).height == numbered.height


def test_a_file_without_names_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "u.data"
    path.write_text("196\t242\t881250949\n186\t302\t891717742\n196\t302\t878887116\n")
    text = draft_experiment(path).text
    assert tomllib.loads(text)["dataset"]["events"] == {
        "file": "u.data",
        "header": False,
        "user": "",
        "item": "",
        "time": "2",
    }


@given(NAMES, st.text(CHARACTERS, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_names_and_values_give_toml(tmp_path: Path, names: list[str], value: str) -> None:
    path = write(pl.DataFrame({name: [value] * 3 for name in names}), tmp_path / "events.parquet")
    draft = draft_experiment(path, path)
    read = tomllib.loads(draft.text)
    for table, guesses in (("events", draft.events.guesses), ("catalogue", draft.catalogue.guesses)):
        for guess in guesses:
            assert read["dataset"][table][guess.key] == (guess.column or "")

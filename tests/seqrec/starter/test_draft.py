"""The text of a first experiment."""

import bz2
import json
import re
import tomllib
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqrec.errors import ConfigError, DataError
from seqrec.experiment_file import load_experiment
from seqrec.models import FLOORS
from seqrec.starter.draft import SMALL_DIM, draft_experiment
from tests.seqrec.datasets.files import interactions_of, items_of
from tests.seqrec.starter.shop import DEMO, articles, orders, write

# Arrow ends names at a NUL; polars takes names such as * and ^a$ for patterns.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0*^")
NAMES = st.lists(st.text(CHARACTERS, min_size=1), min_size=2, max_size=5, unique=True)


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


@pytest.mark.parametrize("name", ["semicolon.csv", "pipe.txt", "tab.csv", "tab.txt", "colon.dat", "blank.txt"])
def test_other_delimiters_are_found_and_written(tmp_path: Path, name: str) -> None:
    frame = orders().with_columns(pl.col("ordered_date").str.head(10))
    text = draft_experiment(write(frame, tmp_path / name)).text
    experiment = load_experiment(saved(tmp_path, text))
    assert experiment.name == experiment.dataset.label == Path(name).stem
    assert interactions_of(experiment.dataset, tmp_path)["item_id"].to_list() == frame["article"].to_list()


def test_a_pattern_takes_all_files_and_passes_over_those_without_rows(tmp_path: Path) -> None:
    frame = orders()
    for night, rows in enumerate([frame.head(0), frame.head(300), frame.tail(-300)]):
        rows.write_csv(tmp_path / f"orders-{night}.csv", separator=";")
    experiment = load_experiment(saved(tmp_path, draft_experiment(tmp_path / "orders-*.csv").text))
    assert experiment.dataset.label == "orders"
    assert interactions_of(experiment.dataset, tmp_path).height == frame.height


@pytest.mark.parametrize(
    "name", ["array.json", "pretty.json", "orders.csv.bz2", "o.zip", "o.zip/in/orders.csv", "n=*/*"]
)
def test_whatever_form_a_table_has(tmp_path: Path, name: str) -> None:
    frame = orders()
    text = frame.write_csv()
    if name.endswith(".json"):
        rows = json.loads(frame.with_columns(pl.col("ordered_date").cast(pl.String)).write_json())
        (tmp_path / name).write_text(json.dumps(rows, indent=2 if name == "pretty.json" else None))
    elif name.endswith(".bz2"):
        (tmp_path / name).write_bytes(bz2.compress(text.encode()))
    elif name.startswith("o.zip"):
        with zipfile.ZipFile(tmp_path / "o.zip", "w") as archive:
            archive.writestr("in/orders.csv", text)
    else:
        for number, part in enumerate((frame.head(300), frame.tail(-300))):
            (tmp_path / f"n={number}").mkdir()
            part.write_csv(tmp_path / f"n={number}" / "orders.csv")
    experiment = load_experiment(saved(tmp_path, draft_experiment(tmp_path / name).text))
    assert interactions_of(experiment.dataset, tmp_path)["item_id"].to_list() == frame["article"].to_list()


def test_sessions_with_a_list_of_events(tmp_path: Path) -> None:
    events = (
        orders().group_by("customerID", maintain_order=True).agg(pl.struct("article", "ordered_date").alias("bought"))
    )
    events.write_ndjson(tmp_path / "sessions.jsonl")
    experiment = load_experiment(saved(tmp_path, draft_experiment(tmp_path / "sessions.jsonl").text))
    assert interactions_of(experiment.dataset, tmp_path).height == orders().height


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("orders-*.csv", "orders"),
        ("*.csv", "web-shop"),
        ("[0-9]*.csv", "web-shop"),
        ("month=*/*.csv", "web-shop"),
        ("orders/*.csv", "orders"),
        ("orders/month=*/part-*.csv", "orders"),
        ("orders_??.csv", "orders"),
    ],
)
def test_what_a_pattern_is_called(tmp_path: Path, name: str, label: str) -> None:
    file = tmp_path / "Web shop" / re.sub(r"\*|\?\?", "07", name.replace("[0-9]*", "07"))
    file.parent.mkdir(parents=True)
    write(orders(), file)
    experiment = load_experiment(saved(tmp_path, draft_experiment(tmp_path / "Web shop" / name).text))
    assert experiment.name == experiment.dataset.label == label


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le", "utf-16-be", "utf-16", "utf-8"])
def test_the_encoding_is_guessed_and_written(tmp_path: Path, form: str, encoding: str) -> None:
    frame = orders().with_columns(article="Größe " + pl.col("article"), preis=pl.lit("5 €"))
    path = write(frame, tmp_path / f"orders.{form}")
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    draft = draft_experiment(path)
    experiment = load_experiment(saved(tmp_path, draft.text))
    assert interactions_of(experiment.dataset, tmp_path)["item_id"].to_list() == frame["article"].to_list()
    assert ("a guess" in draft.events.sample.encoding.reason) == (encoding not in {"utf-16", "utf-8"})


def test_an_encoding_may_be_named(tmp_path: Path) -> None:
    frame = orders().with_columns(article="品" + pl.col("article"))
    path = write(frame, tmp_path / "orders.csv")
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))
    draft = draft_experiment(path, encoding="gb18030")
    experiment = load_experiment(saved(tmp_path, draft.text))
    assert interactions_of(experiment.dataset, tmp_path)["item_id"].to_list() == frame["article"].to_list()
    with pytest.raises(ConfigError, match="--encoding"):
        draft_experiment(path, encoding="gb18031")


def test_the_items_are_one_file(tmp_path: Path) -> None:
    write(articles(), tmp_path / "articles.csv")
    with pytest.raises(DataError, match="one file of items"):
        draft_experiment(write(orders(), tmp_path / "orders.csv"), tmp_path / "articl*.csv")


def test_a_table_of_interactions_may_be_the_one_of_items_too(tmp_path: Path) -> None:
    frame = orders().join(articles(), on="article", how="left")
    path = write(frame, tmp_path / "orders.csv")
    experiment = load_experiment(saved(tmp_path, draft_experiment(path, path).text))
    described = items_of(experiment.dataset, tmp_path)
    assert sorted(described["item_id"]) == sorted(frame["article"].unique())
    # Some items of the demo have no title.
    assert described["title"].count() == frame.unique("article")["article_name"].count()
    assert experiment.models["sasrec"].dim == SMALL_DIM


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
    assert 'name = "leave_one_out"  # the times are running numbers; the last item of every user' in text


def test_without_times_it_offers_the_order_of_the_lines(tmp_path: Path) -> None:
    text = draft_experiment(write(orders().drop("ordered_date"), tmp_path / "o.csv")).text
    assert re.search(r'^time = ""  # .*or "line_order" if the lines are in the order of the events', text, re.MULTILINE)
    assert 'name = "leave_one_out"  # no times are known; with dates, choose temporal' in text
    with pytest.raises(ConfigError, match=r"dataset\.events\.time"):
        load_experiment(saved(tmp_path, text))


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

"""`seqrec init`: from a table to a run."""

from pathlib import Path

import pytest

from storage.history import History
from storage.settings import Settings
from tests.flows.command import Command
from tests.seqrec.starter.shop import articles, orders, write


def test_the_written_experiment_runs_from_end_to_end(command: Command, tmp_path: Path) -> None:
    data = tmp_path / "shop data"
    data.mkdir()
    for night, rows in enumerate(orders().iter_slices(500)):
        rows.write_csv(data / f"orders-{night}.csv", separator=";")
    write(articles(), data / "articles.jsonl")
    output = tmp_path / "experiment.toml"
    result = command("init", data / "orders-*.csv", "--items", data / "articles.jsonl", "--output", output)
    assert (result.code, result.err) == (0, "")
    assert "dataset.events.user              customerID  (by its name)" in result.out
    assert "protocol.split.name              temporal  (users whose history ends last are the test" in result.out
    assert result.out.splitlines()[-1] == f"next   seqrec run {output} --data '{data}'"
    ran = command("run", output, "--data", data, "--set", "models.*.training.max_epochs=1")
    assert ran.code == 0, ran.err
    labels = ("sknn", "sasrec", "llm_seq_sim", "sasrec_titles", "markov")
    assert [label for label in labels if f"│ {label} " not in ran.out] == []
    assert History(Settings().reports_dir, "orders").page.is_file()


def test_a_column_to_fill_in_is_told_and_refused_by_name(command: Command, tmp_path: Path) -> None:
    write(orders().rename({"customerID": "wer", "article": "was", "star_rating": "wie"}), tmp_path / "orders.csv")
    output = tmp_path / "experiment.toml"
    result = command("init", tmp_path / "orders.csv", "--output", output)
    assert result.code == 0
    assert 'note   dataset.events.user              ?  (not recognised; fill in one of "wer", "was"' in result.out
    assert f"fill in the empty columns of {output}" in result.out
    assert 'user = ""' in output.read_text()
    ran = command("run", output, "--data", tmp_path)
    assert ran.code == 2
    assert "dataset.events.user" in ran.err


def test_baskets_and_two_columns_of_times_are_told(command: Command, tmp_path: Path) -> None:
    rows = [
        f"k{n % 7};{'|'.join(f'p{(n + k) % 9}' for k in range(1 + n % 3))};{n % 28 + 1}.01.2025;18:{n}"
        for n in range(10, 60)
    ]
    (tmp_path / "orders.csv").write_text("\n".join(["Kunde;Artikel;Datum;Uhrzeit", *rows]))
    output = tmp_path / "experiment.toml"
    result = command("init", tmp_path / "orders.csv", "--output", output)
    assert "done   dataset.events.time              Datum, Uhrzeit  (100% of the first values of" in result.out
    assert "note   Items that are lists: items such as 'p2|p3|p4' are counted as one item each" in result.out
    assert 'time = ["Datum", "Uhrzeit"]' in output.read_text()
    assert command("ingest", output, "--data", tmp_path).code == 0


def test_what_is_guessed_of_the_text_and_what_is_left_over_is_told(command: Command, tmp_path: Path) -> None:
    rows = "".join(f"K{n % 7};{n % 5:03};Größe {n % 5};2019-10-{n % 28 + 1:02};F{n % 2}\n" for n in range(60))
    path, output = tmp_path / "bestellungen.csv", tmp_path / "experiment.toml"
    path.write_bytes(f"Kundennummer;Artikelnummer;Bezeichnung;Datum;Filiale\n{rows}".encode("cp1252"))
    told = command("init", path, "--output", output).out
    assert "note   dataset.events.encoding          cp1252  (a guess: line 2 of bestellungen.csv is no UTF-8" in told
    assert "note   dataset.events                   not used  (Bezeichnung, Filiale)" in told
    assert f"no titles: 'Bezeichnung' looks like them, and is read if you add --items {path}." in told
    again = command("init", path, "--items", path, "--encoding", "latin-1", "--output", output, "--force").out
    assert "dataset.catalogue.encoding       latin-1  (named by --encoding)" in again
    assert "dataset.catalogue.title          Bezeichnung" in again
    assert "no titles" not in again
    unknown = command("init", path, "--encoding", "latin-99", "--output", output, "--force")
    assert unknown.code == 2
    assert "cp1252" in unknown.err


def test_a_pattern_that_the_shell_filled_in(command: Command, tmp_path: Path) -> None:
    files = [write(orders(), tmp_path / f"orders-{night}.csv") for night in range(2)]
    result = command("init", *files, "--output", tmp_path / "experiment.toml")
    assert result.code == 2
    assert "found    2 files" in result.err
    assert f"put it in quotes, such as '{tmp_path}/*.csv'" in result.err


def test_an_experiment_is_never_overwritten_unless_asked(command: Command, tmp_path: Path) -> None:
    write(orders(), tmp_path / "orders.csv")
    output = tmp_path / "experiment.toml"
    output.write_text("mine")
    result = command("init", tmp_path / "orders.csv", "--output", output)
    assert result.code == 2
    assert "--force" in result.err
    assert output.read_text() == "mine"
    assert command("init", tmp_path / "orders.csv", "--output", output, "--force").code == 0
    assert 'file = "orders.csv"' in output.read_text()


def test_a_table_that_is_not_there(command: Command, tmp_path: Path) -> None:
    result = command("init", tmp_path / "orders.csv", "--output", tmp_path / "experiment.toml")
    assert result.code == 2
    assert [line.split()[0] for line in result.err.splitlines()] == ["error", "found", "expected", "remedy"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(orders(), Path("orders.csv"))
    Path("in_the_way").touch()
    result = command("init", "orders.csv", "--output", "in_the_way/experiment.toml")
    assert result.code == 2
    assert "Name another file with --output." in result.err

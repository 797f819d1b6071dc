"""The DuckDB catalogue, and the limits of a query."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from seqrec.errors import ConfigError, StorageError
from seqrec.evaluation.results import Cell, Row, Table
from storage.catalogue import Catalogue
from tests.read_only import read_only


def dump(folder: Path, n: int) -> Path:
    """Write the tables of a dump of `n` interactions."""
    folder.mkdir()
    pl.DataFrame({"user_id": ["u"] * n, "item_id": [f"i{i}" for i in range(n)]}).write_parquet(
        folder / "interactions.parquet"
    )
    pl.DataFrame({"item_id": ["i0"], "title": ["Soap"]}).write_parquet(folder / "items.parquet")
    pl.DataFrame({"line": [7], "reason": ["torn"]}).write_parquet(folder / "rejects.parquet")
    pl.DataFrame({"section": ["Rows"], "what": ["read"], "value": ["9"]}).write_parquet(folder / "quality.parquet")
    return folder


def row(label: str, cells: Mapping[str, Cell], p_adjusted: float | None = None) -> Row:
    """Return a row of a table."""
    return Row(label, "sasrec", 3, (0, 1, 2), False, cells, None, None, p_adjusted, None, 1.5, 10, None)


def table(*rows: Row) -> Table:
    """Return a table of some rows."""
    names = tuple(rows[0].cells)
    return Table("Title", names, rows, rows[-1].label, "ndcg_at_20", 100, "p0", 0.95)


def cell(mean: float) -> Cell:
    """Return a cell of a table."""
    return Cell(mean=mean, sd=0.01, low=mean - 0.1, high=mean + 0.1)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    catalogue = Catalogue(tmp_path / "root" / "catalogue.duckdb", patience_s=5)
    catalogue.register_dump("amazon_2014-Beauty", ["/data/a"], dump(tmp_path / "d", 3), {"interactions": 3})
    return catalogue


def test_a_dump_becomes_views(catalogue: Catalogue) -> None:
    views = catalogue.query("select view_name from duckdb_views() where not internal order by 1")["view_name"]
    name = "amazon_2014_beauty"
    assert views.to_list() == [f"{content}_{name}" for content in ("interactions", "items", "quality", "rejects")]
    assert catalogue.query(f"select title from items_{name}").rows() == [("Soap",)]
    assert catalogue.query(f"select count(*) as n from interactions_{name}").rows() == [(3,)]
    answer = catalogue.query("select label, name, (facts->>'interactions')::int as n from datasets")
    assert answer.rows() == [("amazon_2014-Beauty", name, 3)]


def test_the_same_dump_again_takes_its_place(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.register_dump(
        "amazon_2014-Beauty", ["/data/a", "/data/b"], dump(tmp_path / "new", 5), {"interactions": 5}
    )
    assert catalogue.query("select count(*) from interactions_amazon_2014_beauty").item() == 5
    assert catalogue.query("select count(*) from datasets").item() == 1


def test_a_folder_with_a_quote_in_its_name(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.register_dump("demo", [], dump(tmp_path / "it's", 2), {})
    assert catalogue.query("select count(*) from interactions_demo").item() == 2


def test_datasets_of_one_name_are_numbered_and_keep_their_numbers(catalogue: Catalogue, tmp_path: Path) -> None:
    names = []
    for n, (label, files) in enumerate(
        [
            ("orders", ["/data/orders.csv"]),
            ("orders", ["/data/orders.parquet"]),
            ("orders", ["/data/nightly/orders-1.csv"]),
            ("orders", ["/data/nightly/orders-1.csv", "/data/nightly/orders-2.csv"]),
            ("orders", ["/data/nightly/orders-2.csv"]),
            ("orders-2", ["/data/orders-2.csv"]),
            ("orders", ["/data/orders.csv"]),
            ("demo", []),
            ("demo", []),
            ("amazon_2014_beauty", ["/data/a"]),
        ],
        start=1,
    ):
        names.append(catalogue.register_dump(label, files, dump(tmp_path / f"n{n}", n), {}))
    assert names[:5] == ["orders", "orders_2", "orders_3", "orders_3", "orders_3"]
    assert names[5:] == ["orders_2_2", "orders", "demo", "demo", "amazon_2014_beauty_2"]
    sizes = [catalogue.query(f"select count(*) from interactions_{name}").item() for name in sorted(set(names))]
    assert sizes == [10, 9, 7, 2, 6, 5]
    assert catalogue.query("select count(*) from datasets").item() == 7
    sources = dict(catalogue.query("select name, source from datasets").rows())
    assert (sources["orders"], sources["orders_3"], sources["demo"]) == ("/data", "/data/nightly", None)


def test_a_catalogue_of_an_earlier_version_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(
            "create table datasets (label varchar primary key, name varchar, folder varchar, "
            "registered_at timestamptz, facts json)"
        )
        connection.execute("insert into datasets values ('orders', 'orders', '/data', now(), '{}')")
    catalogue = Catalogue(path)
    assert catalogue.query("select label, name from datasets").rows() == [("orders", "orders")]
    assert catalogue.register_dump("orders", ["/data/orders.csv"], dump(tmp_path / "d", 3), {}) == "orders"
    assert catalogue.register_dump("orders", ["/data/orders.parquet"], dump(tmp_path / "e", 4), {}) == "orders_2"
    assert catalogue.query("select files from datasets order by name")["files"].to_list() == [
        ["/data/orders.csv"],
        ["/data/orders.parquet"],
    ]


def test_a_catalogue_without_sources_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(
            "create table datasets (label varchar, name varchar, files varchar[], folder varchar, "
            "registered_at timestamptz, facts json)"
        )
        connection.execute("insert into datasets values ('a', 'a', ['/data/a.csv', '/data/b.csv'], '/d', now(), '{}')")
        connection.execute("insert into datasets values ('demo', 'demo', [], '/d', now(), '{}')")
    Catalogue(path).register_dump("b", ["/other/b.csv"], dump(tmp_path / "d", 3), {})
    rows = Catalogue(path).query("select name, source from datasets order by name").rows()
    assert rows == [("a", "/data"), ("b", "/other"), ("demo", None)]


def test_results_replace_those_of_their_experiment(catalogue: Catalogue) -> None:
    catalogue.register_results("other", table(row("pop", {"hr_at_20": cell(0.5)})))
    catalogue.register_results("demo", table(row("old", {"hr_at_20": cell(0.5)})))
    cells = {"ndcg_at_20": cell(0.4), "hr_at_20": cell(0.6)}
    catalogue.register_results("demo", table(row("sasrec", cells, p_adjusted=0.02), row("pop", cells)))
    answer = catalogue.query(
        "select place, label, metric, mean, sd, n_seeds, p_adjusted from leaderboard "
        "where experiment = 'demo' order by place, metric desc"
    )
    assert answer.rows() == [
        (1, "sasrec", "ndcg_at_20", 0.4, 0.01, 3, 0.02),
        (1, "sasrec", "hr_at_20", 0.6, 0.01, 3, None),
        (2, "pop", "ndcg_at_20", 0.4, 0.01, 3, None),
        (2, "pop", "hr_at_20", 0.6, 0.01, 3, None),
    ]
    assert catalogue.query("select distinct experiment from leaderboard order by 1").rows() == [
        ("demo",),
        ("other",),
    ]


def test_a_failed_replacement_keeps_the_former(catalogue: Catalogue) -> None:
    catalogue.register_results("demo", table(row("pop", {"hr_at_20": cell(0.5)})))
    no_unicode = table(row("pop", {"hr_at_20": cell(0.7)}), row("\ud800", {"hr_at_20": cell(0.9)}))
    with pytest.raises(duckdb.Error, match="surrogate"):
        catalogue.register_results("demo", no_unicode)
    assert catalogue.query("select mean from leaderboard").rows() == [(0.5,)]


def test_sums_of_integers_are_integers(catalogue: Catalogue) -> None:
    answer = catalogue.query("select sum(line) as n, sum(line)::decimal(9, 2) as d from rejects_amazon_2014_beauty")
    assert answer["n"].dtype.is_integer()
    assert answer["n"].to_list() == [7]
    assert isinstance(answer["d"].dtype, pl.Decimal)


@pytest.mark.parametrize("sql", ["show tables", "describe datasets", "from datasets", "summarize datasets;"])
def test_other_ways_to_ask(catalogue: Catalogue, sql: str) -> None:
    assert len(catalogue.query(sql)) > 0


@pytest.mark.parametrize(
    "sql",
    [
        "drop table datasets",
        "insert into datasets (label) values ('x')",
        "delete from datasets",
        "create temp table t as select 1",
        "copy datasets to '{folder}/out.csv'",
        "copy (select 1) to '{dump}/out.csv'",
        "explain analyze copy (select 1) to '{dump}/out.csv'",
        "export database '{folder}/out'",
        "attach '{folder}/out.duckdb'",
        "install httpfs",
        "load httpfs",
        "set lock_configuration = false",
        "select 1; drop table datasets",
        "select * from read_csv('{secret}')",
        "select * from read_text('{secret}')",
        "select * from '{secret}'",
        "select * from glob('/etc/*')",
        "with gone as (delete from datasets returning label) select * from gone",
    ],
)
def test_a_question_changes_nothing_and_reads_no_other_files(catalogue: Catalogue, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError) as caught:
        catalogue.query(sql.format(folder=tmp_path, dump=tmp_path / "d", secret=secret))
    assert "show tables" in caught.value.remedy
    assert sorted(tmp_path.rglob("*")) == before
    assert catalogue.query("select label from datasets").rows() == [("amazon_2014-Beauty",)]


@pytest.mark.parametrize(
    ("sql", "got"),
    [
        ("selec 1", "syntax error"),
        ("select * from nope", "nope"),
        ("select x from datasets", '"x"'),
        ("", "nothing"),
    ],
)
def test_bad_sql_says_what_is_wrong_in_one_line(catalogue: Catalogue, sql: str, got: str) -> None:
    with pytest.raises(ConfigError) as caught:
        catalogue.query(sql)
    assert caught.value.subject == f"query `{sql}`"
    assert got in caught.value.got
    assert "\n" not in caught.value.got


def test_a_copied_data_root_reads_its_own_dumps(tmp_path: Path) -> None:
    original, copy, key = tmp_path / "original", tmp_path / "copy", Path("store") / "dump" / "k"
    (original / key.parent).mkdir(parents=True)
    Catalogue(original / "catalogue.duckdb").register_dump("demo", [], dump(original / key, 3), {})
    shutil.copytree(original, copy)
    lines = pl.read_parquet(copy / key / "interactions.parquet")
    lines.head(1).write_parquet(copy / key / "interactions.parquet")
    question = "select count(*) from interactions_demo"
    # The places of the copy have to be corrected once.
    with read_only(copy), pytest.raises(StorageError, match="moved or copied") as caught:
        Catalogue(copy / "catalogue.duckdb").query(question)
    assert (str(original) in caught.value.got, str(copy) in caught.value.expected) == (True, True)
    assert Catalogue(copy / "catalogue.duckdb").query(question).item() == 1
    assert Catalogue(original / "catalogue.duckdb").query(question).item() == 3
    with read_only(copy):
        assert Catalogue(copy / "catalogue.duckdb").query(question).item() == 1
    moved = copy.rename(tmp_path / "moved")
    assert Catalogue(moved / "catalogue.duckdb").query(question).item() == 1
    (copy := tmp_path / "bare").mkdir()
    shutil.copy(original / "catalogue.duckdb", copy)
    with pytest.raises(StorageError, match="only in"):
        Catalogue(copy / "catalogue.duckdb").query(question)


def test_no_catalogue_yet(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no catalogue yet"):
        Catalogue(tmp_path / "catalogue.duckdb").query("select 1")


def test_a_damaged_catalogue_is_named_and_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "catalogue.duckdb"
    path.write_text("not a database " * 1000)
    catalogue = Catalogue(path)
    with pytest.raises(StorageError) as caught:
        catalogue.query("select 1")
    assert caught.value.subject == str(path)
    catalogue.register_results("e", table(row("pop", {"hr_at_20": cell(0.5)})))
    assert "catalogue.duckdb.damaged" in caplog.text
    assert catalogue.query("select experiment from leaderboard").item() == "e"


def test_no_flipped_bit_changes_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.duckdb"
    Catalogue(path).register_results("e", table(row("pop", {"hr_at_20": cell(0.5)})))
    question = "select label, mean from leaderboard"
    whole, answer = path.read_bytes(), Catalogue(path).query(question)
    rng, n_found = np.random.default_rng(0), 0
    for place in rng.integers(0, len(whole), 60).tolist():
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            assert Catalogue(path).query(question).equals(answer)
        except StorageError:
            n_found += 1
            Catalogue(path).register_results("e", table(row("pop", {"hr_at_20": cell(0.5)})))
            assert Catalogue(path).query(question).equals(answer)
    assert n_found > 10


def test_threads_take_turns(catalogue: Catalogue) -> None:
    def work(n: int) -> int:
        catalogue.register_results(f"e{n}", table(row("pop", {"hr_at_20": cell(0.5)})))
        return int(catalogue.query("select count(*) from leaderboard").item())

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(work, range(8))) == 8


HOLD = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"


def test_another_program_is_waited_for_and_then_named(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "root" / "catalogue.duckdb"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StorageError, match="lock") as caught:
            Catalogue(path, patience_s=0.2).query("select 1")
        assert caught.value.subject == str(path)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(catalogue.query, "select count(*) from datasets")
            holder.communicate("\n")
            assert answer.result().item() == 1

"""The catalogue: one DuckDB file that makes every dump and every result available to SQL."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from itertools import chain, count
from json import dumps
from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl
import polars.selectors as cs
from filelock import FileLock, Timeout

from seqrec.errors import ConfigError, StorageError
from seqrec.evaluation.results import Table
from storage.atomic_write import is_writable, writing
from storage.relocation import must_be_corrected
from storage.settings import ELSEWHERE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger("seqrec.catalogue")

T = TypeVar("T")

TABLES: Final = """
create table if not exists datasets (
    label varchar, name varchar, source varchar, files varchar[], folder varchar, registered_at timestamptz, facts json
);
create table if not exists leaderboard (
    experiment varchar, protocol_digest varchar, place integer, label varchar, model varchar, metric varchar,
    mean double, sd double, low double, high double, n_seeds integer, p_adjusted double
);
"""
UPGRADES: Final = {
    "files": """
create or replace table datasets as
select label, name, []::varchar[] as files, folder, registered_at, facts from datasets
""",
    "source": """
create or replace table datasets as
select label, name, regexp_extract(files[1], '(.*)/', 1) as source, files, folder, registered_at, facts from datasets
""",
}
"""What a catalogue needs that was made before `datasets` had a column, in the order in which they were added."""
STORE: Final = ("store", "dump")
"""Where a data root has the folders of its dumps."""
CONTENTS: Final = ("interactions", "items", "rejects", "quality")


class Catalogue:
    """Views over the Parquet files of the store, and the tables `datasets` and `leaderboard`.

    While one process writes, DuckDB lets no other process open the file. Each call therefore opens its own connection.

    Args:
        path: The DuckDB file, created when the first dump or table is registered.
        patience_s: Seconds to wait for other processes that have the file open.
    """

    def __init__(self, path: Path, patience_s: float = 10.0) -> None:
        self._path = path
        self._patience_s = patience_s

    def register_dump(self, label: str, files: Sequence[str], folder: Path, facts: Mapping[str, object]) -> str:
        """Create the views `interactions_<name>`, `items_<name>`, `rejects_<name>` and `quality_<name>` of a dump.

        The name is the label in lower case, with underscores instead of characters that SQL does not allow in names.
        If another dataset has this name, the number 2 follows, or 3 and so on. A dump replaces an earlier one of its
        label if both have a file in common, or if there are no files to tell them apart. The folder that holds all
        files is their `source` in the table `datasets`.

        Args:
            label: What the dataset is called.
            files: Paths of the files of interactions; none for data that are generated.
            folder: Folder of the canonical tables.
            facts: What is known of the dump.

        Returns:
            The name.

        Raises:
            StorageError: The catalogue can't be opened or written.
        """

        def write(connection: "DuckDBPyConnection") -> str:
            name = _name(connection, label, files)
            _create_views(connection, name, folder.absolute())
            connection.execute("delete from datasets where name = ?", [name])
            source = commonpath(str(Path(file).parent) for file in files) if files else None
            connection.execute(
                "insert into datasets values (?, ?, ?, ?, ?, ?, ?)",
                [label, name, source, list(files), str(folder.absolute()), datetime.now(UTC), dumps(dict(facts))],
            )
            return name

        return self._write(write)

    def register_results(self, experiment: str, table: Table) -> None:
        """Replace the rows of an experiment and protocol in `leaderboard`: one per model and metric.

        Raises:
            StorageError: The catalogue can't be opened or written.
        """
        rows = [
            (
                experiment,
                table.protocol_digest,
                place,
                row.label,
                row.model,
                metric,
                cell.mean,
                cell.sd,
                cell.low,
                cell.high,
                row.n_seeds,
                row.p_adjusted if metric == table.comparison else None,
            )
            for place, row in enumerate(table.rows, start=1)
            for metric, cell in row.cells.items()
        ]

        def write(connection: "DuckDBPyConnection") -> None:
            place = [experiment, table.protocol_digest]
            connection.execute("delete from leaderboard where experiment = ? and protocol_digest = ?", place)
            connection.executemany(f"insert into leaderboard values ({', '.join('?' * 12)})", rows)  # noqa: S608

        self._write(write)

    def folders(self) -> list[str]:
        """Return the folders of all dumps that queries read; none if there is no catalogue yet.

        Raises:
            StorageError: The catalogue can't be opened.
        """
        if not self._path.exists():
            return []
        with self._open(read_only=True) as connection:
            return _folders(connection)

    def query(self, sql: str) -> pl.DataFrame:
        """Return the result of one query: `select`, `show tables`, `describe` or `summarize`.

        A query can't change anything, and can't read any files except those of the dumps.

        Raises:
            ConfigError: It is not a single query, is invalid SQL, or names a table or column that does not exist.
            StorageError: The catalogue does not exist yet, or can't be opened.
        """
        if not self._path.exists():
            raise StorageError(
                str(self._path),
                got="no catalogue yet",
                expected="a catalogue, which exists once a dump has been ingested into this data root",
                remedy=f"Run `seqrec ingest` or an experiment first. {ELSEWHERE}",
            )
        with self._open(read_only=True) as connection:
            if not any(self._moved(connection)):
                return _answer(connection, sql)
        self._write(lambda _: None)
        with self._open(read_only=True) as connection:
            return _answer(connection, sql)

    def _write(self, write: Callable[["DuckDBPyConnection"], T]) -> T:
        """Change the catalogue; a damaged one is set aside first, since runs write everything into it again."""
        try:
            with self._open(read_only=False) as connection, _transaction(connection):
                return write(connection)
        except _DamagedCatalogueError as error:
            aside = self._path.with_name(f"{self._path.name}.damaged")
            log.warning(
                "%s is damaged (%s) and was moved to %s. A dataset or a table is in the new one after its next run.",
                error.subject,
                error.got,
                aside,
            )
            self._path.replace(aside)
            with self._open(read_only=False) as connection, _transaction(connection):
                return write(connection)

    @contextmanager
    def _open(self, *, read_only: bool) -> Iterator["DuckDBPyConnection"]:
        # Imported late: most commands never open the catalogue.
        import duckdb  # noqa: PLC0415

        with writing(self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with self._turn(read_only=read_only), closing(self._connect(read_only=read_only)) as connection:
                    if not read_only:
                        connection.execute(TABLES)
                        for column, upgrade in UPGRADES.items():
                            if column not in _columns(connection, "datasets"):
                                connection.execute(upgrade)
                        self._correct_places(connection)
                    yield connection
            except Timeout as error:
                raise self._unavailable("a lock that another seqrec process holds") from error
            except duckdb.Error as error:
                if _is_damage(error):
                    raise self._damaged(error) from error
                if isinstance(error, duckdb.IOException):
                    raise self._unavailable(str(error).splitlines()[0]) from error
                raise

    def _turn(self, *, read_only: bool) -> AbstractContextManager[object]:
        """Return the lock, or nothing if only others may write here: DuckDB's own lock keeps them away meanwhile."""
        lock = self._path.with_suffix(".lock")
        return FileLock(lock, timeout=self._patience_s) if not read_only or is_writable(lock) else nullcontext()

    def _correct_places(self, connection: "DuckDBPyConnection") -> None:
        """Let the views lead to the dumps of this data root, if it was moved or copied here."""
        for name, folder in list(self._moved(connection)):
            connection.execute("update datasets set folder = ? where name = ?", [str(folder), name])
            _create_views(connection, name, folder)

    def _moved(self, connection: "DuckDBPyConnection") -> Iterator[tuple[str, Path]]:
        """Yield the names of dumps whose data root was moved or copied here, and their folders here."""
        root = self._path.parent.absolute()
        for name, recorded in connection.execute("select name, folder from datasets").fetchall():
            folder = Path(recorded)
            if folder.parts[-3:-1] != STORE:
                continue
            old, dump = folder.parents[2], Path(*folder.parts[-3:])
            if must_be_corrected(self._path.absolute(), old, root, [dump]) and (root / dump).is_dir():
                yield name, root / dump

    def _connect(self, *, read_only: bool) -> "DuckDBPyConnection":
        import duckdb  # noqa: PLC0415

        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return duckdb.connect(self._path, read_only=read_only)
            except duckdb.Error as error:
                if _is_damage(error):
                    raise
                # Our processes take turns by the lock file, but other programs, such as DuckDB's shell, do not.
                if "lock" not in str(error) or time.monotonic() > deadline:
                    raise self._unavailable(str(error).splitlines()[0]) from error
            time.sleep(0.05)

    def _unavailable(self, got: str) -> StorageError:
        return StorageError(
            str(self._path),
            got=got,
            expected="a DuckDB file that no other program has open",
            remedy="Close the other program, and run the command again.",
        )

    def _damaged(self, error: Exception) -> StorageError:
        return _DamagedCatalogueError(
            str(self._path),
            got=str(error).splitlines()[0],
            expected="a sound DuckDB file",
            remedy="Run `seqrec ingest` or an experiment, which makes the catalogue again.",
        )


class _DamagedCatalogueError(StorageError):
    """DuckDB found that its file is damaged."""


def _is_damage(error: Exception) -> bool:
    return any(sign in str(error) for sign in ("Corrupt database file", "not a valid DuckDB database"))


@contextmanager
def _transaction(connection: "DuckDBPyConnection") -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _name(connection: "DuckDBPyConnection", label: str, files: Sequence[str]) -> str:
    """Return the name of an earlier dump of the dataset, or else the first that is free."""
    earlier = connection.execute(
        "select name from datasets where label = ? and (files = [] or ? = [] or list_has_any(files, ?)) "
        "order by files = [], registered_at desc",
        [label, list(files), list(files)],
    ).fetchone()
    if earlier is not None:
        return str(earlier[0])
    taken = {name for (name,) in connection.execute("select name from datasets").fetchall()}
    plain = re.sub(r"\W+", "_", label).lower()
    return next(name for name in chain([plain], (f"{plain}_{n}" for n in count(2))) if name not in taken)


def _answer(connection: "DuckDBPyConnection", sql: str) -> pl.DataFrame:
    import duckdb  # noqa: PLC0415

    _confine(connection)
    try:
        statements = connection.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
            raise _refused(sql, kinds)
        answer: pl.DataFrame = connection.sql(sql).pl()
    except duckdb.Error as error:
        if _is_damage(error):
            raise
        raise _refused(sql, str(error).splitlines()[0]) from error
    # DuckDB returns sums of integers as decimals without a fraction.
    return answer.with_columns(
        pl.col(name).cast(pl.Int128) for name in answer.select(cs.decimal()).columns if _is_whole(answer[name])
    )


def _create_views(connection: "DuckDBPyConnection", name: str, folder: Path) -> None:
    for content in CONTENTS:
        file = _quoted(folder / f"{content}.parquet")
        connection.execute(
            f'create or replace view "{content}_{name}" as select * from read_parquet({file})'  # noqa: S608
        )


def _columns(connection: "DuckDBPyConnection", table: str) -> set[str]:
    rows = connection.execute("select column_name from duckdb_columns() where table_name = ?", [table]).fetchall()
    return {name for (name,) in rows}


def _folders(connection: "DuckDBPyConnection") -> list[str]:
    return [str(folder) for (folder,) in connection.execute("select folder from datasets").fetchall()]


def _confine(connection: "DuckDBPyConnection") -> None:
    """Restrict the connection to the folders of the dumps."""
    allowed = ", ".join(_quoted(f"{folder}/") for folder in _folders(connection))
    connection.execute(f"set allowed_directories = [{allowed}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _is_whole(series: pl.Series) -> bool:
    return isinstance(series.dtype, pl.Decimal) and series.dtype.scale == 0


def _refused(sql: str, got: str) -> ConfigError:
    return ConfigError(
        f"query `{sql}`",
        got=got,
        expected="a single SELECT over the catalogue",
        remedy="`show tables` lists the tables, `describe leaderboard` the columns of one.",
    )

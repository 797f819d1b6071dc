"""Results of earlier runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from flows.cli.display import console, show

if TYPE_CHECKING:
    from seqrec.evaluation.results import Table
    from storage.history import FinishedRun, History
    from storage.refs import Ref

Name = Annotated[str, typer.Argument(help="Experiment file, or the name of an experiment that was run.")]
Protocol = Annotated[str | None, typer.Option(help="Beginning of a protocol's digest: its last run is meant.")]
Run = Annotated[int | None, typer.Option(min=1, help="Number of a run in `seqrec history`; by default the last one.")]


def leaderboard(
    experiment: Name,
    protocol: Protocol = None,
    run: Run = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, one object per model, with all metrics.")] = False,
) -> None:
    """Show the table of the last run, or of an earlier one.

    For the full report, see `seqrec report`.
    """
    from flows.cli.table import show_leaderboard

    history = _history(experiment)
    chosen = _chosen(history, protocol, run)
    table = _table(chosen)
    if not json_:
        show_leaderboard(console(), table)
        show(console(), "report  ", str(_page(history, chosen)))
        return
    rows = [
        {
            "model": row.label,
            "seeds": list(row.seeds),
            **{name: cell.to_json() for name, cell in row.cells.items()},
            "difference": row.difference.to_json() if row.difference else None,
            "verdict": table.verdict(row),
            "p_adjusted": row.p_adjusted,
            "sign_flip": row.sign_flip.to_json() if row.sign_flip else None,
            "protocol": table.protocol_digest,
        }
        for row in table.rows
    ]
    typer.echo(json.dumps(rows, indent=1))


def report(experiment: Name, protocol: Protocol = None, run: Run = None) -> None:
    """Print the path of the last report, or of an earlier one."""
    history = _history(experiment)
    typer.echo(_page(history, _chosen(history, protocol, run)))


def history(
    experiment: Name,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, one object per run.")] = False,
) -> None:
    """List the finished runs of an experiment, the last one first.

    `seqrec leaderboard --run` and `seqrec report --run` show the results of a run by its number. Runs under different
    protocols can't be compared; `seqrec leaderboard --protocol` shows the last table of each.
    """
    from rich.table import Table as RichTable

    runs = _history(experiment).numbered()
    if json_:
        typer.echo(json.dumps([{"run": number, **run.to_json()} for number, run in runs.items()], indent=1))
        return
    view = RichTable("run", "finished", "protocol", "best model", "value", "models", "command")
    for number, run in runs.items():
        finished = run.finished_at[:19].replace("T", " ")
        view.add_row(str(number), finished, run.protocol[:8], *_best(run), escape(run.command))
    console().print(view)


def _best(run: "FinishedRun") -> tuple[str, str, str]:
    """Return the best model of a run, its result and the number of models, as text."""
    from seqrec.errors import StorageError

    try:
        table = _table(run)
    except StorageError:
        # One table that somebody deleted must not hide the others; `seqrec leaderboard --run` says what is wrong.
        return "(not in the store)", "", ""
    best = table.rows[0]
    value = f"{table.comparison.replace('_at_', '@')} {best.cells[table.comparison].mean:.4f}"
    return escape(best.label), value, str(len(table.rows))


def _chosen(history: "History", protocol: str | None, number: int | None) -> "FinishedRun":
    """Return the run with a number, or the last one, perhaps of a protocol."""
    from seqrec.errors import ConfigError

    if number is not None and protocol is not None:
        raise ConfigError(
            "--run",
            got="a run and a protocol",
            expected="one of them",
            remedy="Leave out --protocol: each run has its own.",
        )
    return history.last(protocol) if number is None else history.run(number)


def _page(history: "History", run: "FinishedRun") -> Path:
    """Return the report of a run, which for the last one is at a place that people remember."""
    from storage.history import REPORT
    from storage.refs import ReportRef

    return history.page if run == history.last() else _open(ReportRef, run.report) / REPORT


def _history(experiment: str) -> "History":
    from flows.experiments import name_of_experiment
    from storage.history import History
    from storage.settings import Settings

    return History(Settings().reports_dir, name_of_experiment(experiment))


def _table(run: "FinishedRun") -> "Table":
    from storage.files.results import read_comparison
    from storage.refs import ComparisonRef

    return read_comparison(_open(ComparisonRef, run.comparison)).table


def _open(kind: "type[Ref]", key: str) -> Path:
    """Return the folder of an artifact, after a check that it is not damaged."""
    from storage.remote_store import remote_store
    from storage.settings import Settings
    from storage.store import Store

    settings = Settings()
    return Store(settings.store_dir, remote=remote_store(settings.remote_store)).open(kind.kind, key).path

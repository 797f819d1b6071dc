"""Results of earlier runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from flows.cli.display import console

if TYPE_CHECKING:
    from seqrec.evaluation.results import Table
    from storage.history import FinishedRun, History
    from storage.refs import Ref

Name = Annotated[str, typer.Argument(help="Experiment file, or the name of an experiment that was run.")]
Protocol = Annotated[str | None, typer.Option(help="Beginning of a protocol's digest; by default the last run's.")]


def leaderboard(
    experiment: Name,
    protocol: Protocol = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, one object per model, with all metrics.")] = False,
) -> None:
    """Show the table of the last run.

    For the full report, see `seqrec report`.
    """
    from flows.cli.table import show_leaderboard

    table = _table(_history(experiment).last(protocol))
    if not json_:
        show_leaderboard(console(), table)
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


def report(experiment: Name, protocol: Protocol = None) -> None:
    """Print the path of the last report."""
    from storage.history import REPORT
    from storage.refs import ReportRef

    runs = _history(experiment)
    run = runs.last(protocol)
    typer.echo(runs.page if run == runs.last() else _open(ReportRef, run.report) / REPORT)


def history(
    experiment: Name,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, one object per run.")] = False,
) -> None:
    """List the finished runs of an experiment, the last one first.

    Runs under different protocols can't be compared; `seqrec leaderboard --protocol` shows the last table of each.
    """
    from rich.table import Table as RichTable

    runs = _history(experiment).runs()
    if json_:
        typer.echo(json.dumps([run.to_json() for run in runs], indent=1))
        return
    view = RichTable("finished", "protocol", "best model", "value", "models", "command")
    for run in runs:
        table = _table(run)
        best = table.rows[0]
        value = f"{table.comparison.replace('_at_', '@')} {best.cells[table.comparison].mean:.4f}"
        cells = (run.finished_at[:19].replace("T", " "), run.protocol[:8], best.label, value, str(len(table.rows)))
        view.add_row(*cells, escape(run.command))
    console().print(view)


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
    from storage.settings import Settings
    from storage.store import Store

    return Store(Settings().store_dir).open(kind.kind, key).path

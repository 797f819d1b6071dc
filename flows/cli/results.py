"""Results of an earlier run."""

import json
from typing import Annotated

import typer

from flows.cli.display import console
from flows.cli.table import leaderboard_table
from flows.experiments import name_of_experiment
from storage.files import read_comparison
from storage.last_run import read_last_run
from storage.settings import Settings

Name = Annotated[str, typer.Argument(help="Experiment file, or the name of an experiment that was run.")]


def leaderboard(
    experiment: Name,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, one object per model, with all metrics.")] = False,
) -> None:
    """Show the table of the last run.

    For the full report, see `seqrec report`.
    """
    latest = read_last_run(Settings().reports_dir, name_of_experiment(experiment))
    table = read_comparison(latest.comparison).table
    if not json_:
        console().print(leaderboard_table(table))
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


def report(experiment: Name) -> None:
    """Print the path of the last report."""
    typer.echo(read_last_run(Settings().reports_dir, name_of_experiment(experiment)).report)

"""Write a first experiment for a table of your own."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from flows.cli.display import console
from seqrec.errors import ConfigError

if TYPE_CHECKING:
    from seqrec.starter.guess import Guess


def init(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Table of interactions: CSV, TSV, JSON lines or Parquet.")
    ],
    items: Annotated[Path | None, typer.Option(help="Table of items, with titles if possible.")] = None,
    output: Annotated[Path, typer.Option(help="File to write.")] = Path("experiment.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a first experiment for your own table.

    Columns are guessed from their names and values; comments in the experiment say why. The data folder is the folder
    of FILE.
    """
    from seqrec.starter.draft import draft_experiment
    from storage.atomic_write import atomic_write

    if output.exists() and not force:
        raise ConfigError(
            str(output),
            got="a file that exists already",
            expected="the name of a new file",
            remedy="Name another one with --output, or replace this one with --force.",
        )
    draft = draft_experiment(file, items)
    with atomic_write(output.absolute(), "Name another file with --output.") as path:
        path.write_text(draft.text, encoding="utf-8")
    out = console()
    guesses = [("events", guess) for guess in draft.events.guesses]
    guesses += [("catalogue", guess) for guess in (draft.catalogue.guesses if draft.catalogue else ())]
    for table, guess in guesses:
        out.print(_line(table, guess), highlight=False)
    out.print(f"[green]done[/]   {escape(str(output))}", highlight=False)
    first = "" if all(guess.column for _, guess in guesses) else f"fill in the empty columns of {output}, then "
    command = shlex.join([sys.argv[0], "run", str(output), "--data", str(file.parent)])
    out.print(f"next   {escape(first + command)}", highlight=False)


def _line(table: str, guess: "Guess") -> str:
    mark = "[yellow]note[/]  " if guess.column is None else "[green]done[/]  "
    column = "?" if guess.column is None else guess.column
    return f"{mark} {f'dataset.{table}.{guess.key}':32} {escape(column)}  ({escape(guess.reason)})"

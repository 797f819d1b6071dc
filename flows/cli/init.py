"""Write a first experiment for a table of your own."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from flows.cli.display import console
from seqrec.errors import ConfigError
from seqrec.listing import listing


def init(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Table of interactions: delimited text, JSON or Parquet; or a pattern in quotes, 'orders-*.csv'.",
        ),
    ],
    items: Annotated[Path | None, typer.Option(help="Table of items, with titles if possible.")] = None,
    output: Annotated[Path, typer.Option(help="File to write.")] = Path("experiment.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a first experiment for your own table.

    Columns are guessed from their names and values; comments in the experiment say why. The data folder is the folder
    of FILE.
    """
    from seqrec.datasets.find_files import folder_of
    from seqrec.starter.draft import draft_experiment
    from storage.atomic_write import atomic_write

    file, *others = files
    if others:
        raise ConfigError(
            "init",
            got=f"{len(files)} files: {listing(map(str, files))}",
            expected="one file, or a pattern in quotes",
            remedy=f"If the shell filled in a pattern, put it in quotes, such as '{file.parent / '*'}{file.suffix}'.",
        )
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
    tables = {"events": draft.events, "catalogue": draft.catalogue}
    guesses = [(name, guess) for name, table in tables.items() if table for guess in table.guesses]
    for table, guess in guesses:
        out.print(_line(f"dataset.{table}.{guess.key}", guess.column, guess.reason), highlight=False)
    split = draft.events.split
    out.print(_line("protocol.split.name", split.name, split.reason), highlight=False)
    out.print(f"[green]done[/]   {escape(str(output))}", highlight=False)
    first = "" if all(guess.column for _, guess in guesses) else f"fill in the empty columns of {output}, then "
    command = shlex.join([sys.argv[0], "run", str(output), "--data", str(folder_of(file))])
    out.print(f"next   {escape(first + command)}", highlight=False)


def _line(key: str, value: str | None, reason: str) -> str:
    mark = "[yellow]note[/]  " if value is None else "[green]done[/]  "
    return f"{mark} {key:32} {escape('?' if value is None else value)}  ({escape(reason)})"

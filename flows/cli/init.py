"""Write a first experiment for a table of your own."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from flows.cli.display import console, show
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
        _show_guess(out, f"dataset.{table}.{guess.key}", guess.column, guess.reason)
    split = draft.events.split
    _show_guess(out, "protocol.split.name", split.name, split.reason)
    show(out, "[green]done[/]  ", str(output))
    first = "" if all(guess.column for _, guess in guesses) else f"fill in the empty columns of {output}, then "
    command = shlex.join([sys.argv[0], "run", str(output), "--data", str(folder_of(file))])
    # A command that is wrapped can't be copied.
    out.print(f"next   {escape(first + command)}", soft_wrap=True)


def _show_guess(out: Console, key: str, value: str | None, reason: str) -> None:
    mark = "[yellow]note[/]  " if value is None else "[green]done[/]  "
    show(out, mark, f"{key:32} {'?' if value is None else value}  ({reason})")

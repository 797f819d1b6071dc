"""Write a first experiment for a table of your own."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from flows.cli.display import console, show
from seqrec.errors import ConfigError
from seqrec.listing import listing

if TYPE_CHECKING:
    from seqrec.starter.draft import Draft
    from seqrec.starter.guess import TableGuess

DONE, NOTE = "[green]done[/]  ", "[yellow]note[/]  "


def init(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Table of interactions: delimited text, JSON or Parquet; or a pattern in quotes, 'orders-*.csv'.",
        ),
    ],
    items: Annotated[Path | None, typer.Option(help="Table of items, with titles if possible.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the tables, such as cp1252; by default it is guessed.")
    ] = None,
    output: Annotated[Path, typer.Option(help="File to write.")] = Path("experiment.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a first experiment for your own table.

    Columns are guessed from their names and values; comments in the experiment say why. The data folder is the folder
    of FILE.
    """
    from seqrec.datasets.find_files import folder_of
    from seqrec.report.notices import lists_notice
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
    draft = draft_experiment(file, items, encoding)
    with atomic_write(output.absolute(), "Name another file with --output.") as path:
        path.write_text(draft.text, encoding="utf-8")
    out = console()
    tables = {"events": draft.events, "catalogue": draft.catalogue}
    for name, table in tables.items():
        if table is not None:
            _show_table(out, name, table)
    if (list_id := draft.events.list_id) is not None:
        show(out, NOTE, str(lists_notice(list_id)))
    if hint := _hint(draft, file):
        show(out, NOTE, hint)
    split = draft.events.split
    _show_guess(out, "protocol.split.name", split.name, split.reason)
    show(out, DONE, str(output))
    is_whole = all(guess.column for table in tables.values() if table for guess in table.guesses)
    first = "" if is_whole else f"fill in the empty columns of {output}, then "
    command = shlex.join([sys.argv[0], "run", str(output), "--data", str(folder_of(file))])
    # A command that is wrapped can't be copied.
    out.print(f"next   {escape(first + command)}", soft_wrap=True)


def _show_table(out: Console, name: str, table: "TableGuess") -> None:
    encoding = table.sample.encoding
    if encoding.reason:
        _show_guess(out, f"dataset.{name}.encoding", encoding.name, encoding.reason, NOTE)
    for guess in table.guesses:
        mark = NOTE if guess.column is None else DONE
        _show_guess(out, f"dataset.{name}.{guess.key}", ", ".join(guess.columns) or "?", guess.reason, mark)
    if table.unused:
        _show_guess(out, f"dataset.{name}", "not used", listing(table.unused), NOTE)


def _show_guess(out: Console, key: str, value: str, reason: str, mark: str = DONE) -> None:
    show(out, mark, f"{key:32} {value}  ({reason})")


def _hint(draft: "Draft", file: Path) -> str | None:
    """Return what to do about titles that were not found; None if they were."""
    if draft.catalogue is not None and draft.catalogue.has_titles:
        return None
    if draft.catalogue is not None:
        what = "name their column in dataset.catalogue.title"
    elif (titled := draft.events.titled) is not None and file.is_file():
        what = f"'{titled}' looks like them, and is read if you add --items {shlex.quote(str(file))}"
    else:
        what = "add --items FILE if there is a table of items"
    return f"no titles: {what}. Without titles, there are no models of item texts"

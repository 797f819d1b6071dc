"""The type, default and meaning of every key of an experiment and every variable of the environment."""

from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flows.cli.choices import read_choices
from flows.cli.display import console
from seqrec.config.reference import Key


def describe(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="A key, such as models.sasrec.training, dataset.table or settings.")
    ] = "",
) -> None:
    """Explain the keys of an experiment.

    Prints the type, the default and the meaning of each key. Without PATH, it prints the top level.
    """
    show_key(console(), known_keys().find(path.split(".") if path else []))


def known_keys() -> Key:
    """Return all keys of an experiment and, under `settings`, all environment variables."""
    return Key.of(read_choices().schema)


def show_key(out: Console, key: Key) -> None:
    """Print the full description of a key, and an entry for each key below it."""
    if key.path:
        out.print(Text.assemble((key.dotted, "bold"), "  ", (facts(key), "dim")))
    for paragraph in key.text.split("\n\n"):
        out.print(Text(f"{paragraph}\n"))
    if key.below:
        out.print(Padding(_entries(key), (0, 0, 1, 2), expand=False))
    deeper = [inner.dotted for inner in key.below if inner.below]
    if deeper:
        out.print(Text(f"next     seqrec describe {' | '.join(deeper)}"))


def facts(key: Key) -> str:
    """Return the type of a key, with its default or with `required`."""
    if key.required:
        return f"{key.type}, required"
    return f"{key.type}, default {key.default_toml}" if key.default_toml else key.type


def _entries(key: Key) -> Table:
    entries = Table.grid(padding=(0, 2))
    entries.add_column(no_wrap=True, style="bold")
    entries.add_column()
    for inner in key.keys:
        entries.add_row(inner.name, Text.assemble((facts(inner), "dim"), "\n", inner.meaning))
    for choice in key.choices:
        entries.add_row(choice.name, Text(choice.meaning))
    return entries

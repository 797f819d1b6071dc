"""Download a public dump."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from flows.cli.arguments import Changes, Reader
from flows.cli.display import console


def download(
    dataset: Reader,
    data: Annotated[Path, typer.Option(help="Folder for the files.")] = Path(),
    set_: Changes = None,
) -> None:
    """Download a public dump.

    An interrupted download is resumed; existing files are checked. If only a person can fetch the files, the command
    says how.
    """
    from flows.cli.fetching import fetch_dump
    from seqrec.experiment_file import load_dataset

    out = console()
    fetch_dump(dataset, load_dataset(dataset, set_ or []), data, out)
    changes = [word for change in set_ or [] for word in ("--set", change)]
    follow_up = shlex.join([sys.argv[0], "ingest", dataset, *changes, "--data", str(data)])
    # A command that is wrapped can't be copied.
    out.print(f"next   {escape(follow_up)}", soft_wrap=True)

"""The arguments by which several commands name a dump."""

from pathlib import Path
from typing import Annotated

import typer

Dataset = Annotated[str, typer.Argument(help="A dataset reader; `seqrec list datasets` shows them.")]
Data = Annotated[Path, typer.Option(help="Folder that holds the dump.")]
Changes = Annotated[list[str] | None, typer.Option("--set", help="key=value of the reader's settings.")]

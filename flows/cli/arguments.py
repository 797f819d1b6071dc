"""Arguments that several commands share: an experiment, the reader of a dump, settings and the folder."""

from pathlib import Path
from typing import Annotated

import typer

Experiment = Annotated[str, typer.Argument(help="An experiment file, or the name of a shipped one.")]
Reader = Annotated[str, typer.Argument(metavar="DATASET", help="Name of a dataset reader; see `seqrec list datasets`.")]
Dataset = Annotated[
    str,
    typer.Argument(
        help="Name of a dataset reader (see `seqrec list datasets`), or an experiment, whose dataset is then meant: a "
        "file, or the name of one that is shipped or was run."
    ),
]
Data = Annotated[Path, typer.Option(help="Folder that holds the files of the dump.")]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="Change one setting: a.b=value. May be repeated.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a setting of the reader, or of the experiment. May be repeated."
    ),
]

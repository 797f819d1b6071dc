"""Arguments that several commands share: the reader of a dump, its settings and its folder."""

from pathlib import Path
from typing import Annotated

import typer

Reader = Annotated[str, typer.Argument(metavar="DATASET", help="Name of a dataset reader; see `seqrec list datasets`.")]
Dataset = Annotated[
    str,
    typer.Argument(
        help="Name of a dataset reader (see `seqrec list datasets`), or an experiment, whose dataset is then meant: a "
        "file, or the name of one that is shipped or was run."
    ),
]
Data = Annotated[Path, typer.Option(help="Folder that holds the files of the dump.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a setting of the reader, or of the experiment. May be repeated."
    ),
]

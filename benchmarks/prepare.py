"""Benchmark of preparation: canonical Parquet to a temporal split, and the 5-core alone against pandas and polars.

All programs start from the same file, each in its own process. The peers stop after the filter; ours is measured both
to that point and to the end.

    python -m benchmarks.prepare --rows 10000000
    python -m benchmarks.prepare --rows 100000000 --no-peers
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import pandas as pd  # type: ignore[import-untyped] # MLflow brings it along, without stubs
import polars as pl
import typer

from benchmarks.dumps import write_interactions
from benchmarks.measure import Measured, heading, markdown, measure
from seqrec.preparation.core import core_rows
from seqrec.preparation.prepare import prepare
from seqrec.preparation.protocol import Core, Protocol
from seqrec.preparation.splits.temporal import Config as Temporal
from seqrec.preparation.vocabulary import read_events
from seqrec.schema import ITEM, USER

LEAST = 5
PROTOCOL = Protocol(core=Core(users=LEAST, items=LEAST), split=Temporal())


def split(path: Path) -> int:
    """Prepare the split our way, and return the number of interactions that the filter leaves."""
    return prepare(pl.scan_parquet(path), PROTOCOL).summary.n_interactions


def filter_only(path: Path) -> int:
    """Filter our way, and return the number of interactions that are left."""
    events, _ = read_events(pl.scan_parquet(path))
    return len(core_rows(events, PROTOCOL.core).rows)


def pandas_filter(path: Path) -> int:
    """Filter with pandas: map counts per id back to rows, until nothing changes."""
    frame = pd.read_parquet(path, columns=[USER, ITEM])
    n_before = -1
    while len(frame) != n_before:
        n_before = len(frame)
        for column in (USER, ITEM):
            frame = frame[frame[column].map(frame[column].value_counts()) >= LEAST]
    return len(frame)


def polars_filter(path: Path) -> int:
    """Filter with polars: semi-join with the frequent ids, one lazy query per round, until nothing changes."""
    frame = pl.read_parquet(path, columns=[USER, ITEM])
    n_before = -1
    while frame.height != n_before:
        n_before = frame.height
        lazy = frame.lazy()
        for column in (USER, ITEM):
            frequent = lazy.group_by(column).len().filter(pl.col("len") >= LEAST)
            lazy = lazy.join(frequent, on=column, how="semi")
        frame = lazy.collect()
    return frame.height


def main(
    rows: Annotated[int, typer.Option(help="Interactions to generate.")] = 10_000_000,
    peers: Annotated[bool, typer.Option(help="Whether to run pandas and polars too.")] = True,  # noqa: FBT002 - a switch
) -> None:
    """Generate the file in a temporary folder, and print one row for each way."""
    with TemporaryDirectory(prefix="seqrec-benchmark-") as temporary:
        path = Path(temporary) / "interactions.parquet"
        write_interactions(path, rows)
        measured = {"5-core, sequences, temporal split": measure(split, path)}
        if peers:
            measured["5-core only"] = measure(filter_only, path)
            measured["peer: pandas, 5-core only"] = measure(pandas_filter, path)
            measured["peer: polars, 5-core only"] = measure(polars_filter, path)
    assert len({one.result for one in measured.values()}) == 1, "every way must leave the same number of interactions"
    print(heading(f"{rows:,} interactions in Parquet"))
    print(
        markdown(
            ["what", "wall s", "CPU s", "peak GB", "interactions left"],
            [_row(what, one) for what, one in measured.items()],
        )
    )


def _row(what: str, measured: Measured) -> list[str]:
    return [
        what,
        f"{measured.wall_s:.1f}",
        f"{measured.cpu_s:.1f}",
        f"{measured.peak_bytes / 1e9:.2f}",
        f"{measured.result:,}",
    ]


if __name__ == "__main__":
    typer.run(main)

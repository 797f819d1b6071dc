"""Five nights of one shop: networks that begin with the weights of the last night, and those that begin from nothing.

    python -m benchmarks.nights --data FOLDER/amazon_2014

The dump is cut by date, so that each night has a little more of it. Two data roots run the same experiment every night,
one of them with `--warm-start`; the night before the first is the same in both. The table has, for each network and
night, the NDCG@20 on the test cases of that night, without those that the earlier weights know, the epochs and seconds
of the training, and the difference with an interval over test cases; there is one training of each kind.
"""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import polars as pl
import typer

from benchmarks.measure import heading, markdown
from seqrec.evaluation.accuracy import ndcg
from storage.files import read_split
from storage.finished import open_finished
from storage.history import History
from storage.settings import Settings
from storage.store import Store

EXPERIMENT = "beauty-temporal"
REVIEWS, META = "reviews_Beauty_5.json.gz", "meta_Beauty.json.gz"
K = 20
Z = 1.96
"""The quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Training:
    """One network on one night."""

    ndcg: pl.DataFrame
    """NDCG of each test case, by user."""
    epochs: int
    duration_s: float
    is_warm: bool


def cut(data: Path, folder: Path, share: float) -> Path:
    """Write the dump as it was when a share of its reviews was written, and return its folder."""
    lines = gzip.decompress((data / REVIEWS).read_bytes()).splitlines(keepends=True)
    times = np.array([json.loads(line)["unixReviewTime"] for line in lines])
    # Whole days, as dumps have them.
    last = np.quantile(times, share, method="lower")
    place = folder / data.name
    place.mkdir(parents=True)
    kept = b"".join(line for line, time in zip(lines, times, strict=True) if time <= last)
    (place / REVIEWS).write_bytes(gzip.compress(kept, 1))
    (place / META).symlink_to((data / META).absolute())
    (folder / "embeddings").symlink_to((data.parent / "embeddings").absolute())
    return place


def run(root: Path, data: Path, options: list[str]) -> None:
    """Run the experiment on one night.

    Raises:
        CalledProcessError: It failed.
    """
    command = [sys.executable, "-c", "from flows.cli import main; main()", "run", EXPERIMENT, "--data", str(data)]
    variables = os.environ | {"SEQREC_DATA_ROOT": str(root)}
    subprocess.run([*command, *options], env=variables, check=True, stdout=sys.stderr)


def trained(root: Path) -> Iterator[tuple[str, Training]]:
    """Yield the networks of the last run by label."""
    settings = Settings(data_root=root)
    finished = open_finished(Store(settings.store_dir), History(settings.reports_dir, EXPERIMENT).last())
    split = read_split(finished.split.path)
    users = split.training.vocabulary.user_ids[split.test.prompts.users].tolist()
    for one in finished.trained:
        fit = finished.fit(one)
        if fit.epochs:
            per_case = pl.DataFrame({"user": users, "ndcg": ndcg(finished.rankings(one).places, K)})
            yield one.label, Training(per_case, len(fit.epochs), fit.duration_s, fit.origin is not None)


def row_of(night: int, label: str, cold: Training, warm: Training) -> list[str]:
    """Return one line of the table."""
    both = warm.ndcg.join(cold.ndcg, on="user", suffix="_cold")
    warm_cases, cold_cases = both["ndcg"].to_numpy(), both["ndcg_cold"].to_numpy()
    difference = warm_cases - cold_cases
    half = Z * difference.std(ddof=1) / len(difference) ** 0.5
    return [
        str(night),
        label,
        f"{len(difference):,}",
        f"{cold_cases.mean():.4f}",
        f"{warm_cases.mean():.4f}" + ("" if warm.is_warm else " (from nothing)"),
        f"{difference.mean():+.4f} ± {half:.4f}",
        f"{cold.epochs}, {cold.duration_s:.0f}",
        f"{warm.epochs}, {warm.duration_s:.0f}",
    ]


def main(
    *,
    data: Annotated[Path, typer.Option(help="Folder of the Beauty dump; the vectors are in its neighbour.")],
    nights: Annotated[int, typer.Option(help="Number of nights.")] = 5,
    step: Annotated[float, typer.Option(help="Share of the reviews that each night adds.")] = 0.03,
    models: Annotated[str, typer.Option(help="Labels of the networks.")] = "sasrec,sasrec_minilm",
    option: Annotated[list[str] | None, typer.Option(help="Further option of every run. May be repeated.")] = None,
) -> None:
    """Run all nights in a temporary folder, and print the table."""
    shared = [f"--models={models}", "--seeds=1", *(option or [])]
    rows = []
    with TemporaryDirectory(prefix="seqrec-nights-") as temporary:
        folder = Path(temporary)
        for night in range(nights + 1):
            dump = cut(data, folder / f"night-{night}", 1.0 - step * (nights - night))
            run(folder / "cold", dump, shared)
            run(folder / "warm", dump, [*shared, "--warm-start"])
            cold, warm = dict(trained(folder / "cold")), dict(trained(folder / "warm"))
            if night:
                rows += [row_of(night, label, cold[label], warm[label]) for label in cold]
    print(heading(f"{nights} nights, each with {step:.0%} of the reviews more"))
    columns = ["night", "network", "cases", "NDCG@20 from nothing", "from last night", "difference"]
    print(markdown([*columns, "epochs, s from nothing", "epochs, s from last night"], rows))


if __name__ == "__main__":
    typer.run(main)

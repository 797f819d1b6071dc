"""Results of training, evaluation and comparison as JSON."""

from collections.abc import Mapping
from pathlib import Path

from seqrec.evaluation.results import ComparisonResult, Fit
from storage.atomic_write import writing
from storage.files.json_file import read_json, write_json

FIT = "fit.json"
CURVES = "curves.csv"
METRICS = "metrics.json"
COMPARISON = "comparison.json"


def write_fit(folder: Path, fit: Fit) -> None:
    """Write the record of a training into `folder`, and its curves also as CSV.

    Raises:
        StorageError: A file can't be written.
    """
    write_json(folder / FIT, fit.to_json())
    # Imported late, since reading needs no frames.
    import polars as pl  # noqa: PLC0415

    rows = [{"phase": one.phase, "epoch": one.epoch, "loss": one.loss, **one.valid} for one in fit.epochs]
    with writing(folder):
        pl.DataFrame(rows, infer_schema_length=None).write_csv(folder / CURVES)


def read_fit(folder: Path) -> Fit:
    """Return the record of the training of the model in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    return Fit.from_json(read_json(folder / FIT))


def write_metrics(folder: Path, metrics: Mapping[str, float]) -> None:
    """Write metrics by name into `folder`."""
    write_json(folder / METRICS, dict(metrics))


def read_metrics(folder: Path) -> dict[str, float]:
    """Return the metrics in `folder`, by name.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    metrics: dict[str, float] = read_json(folder / METRICS)
    return metrics


def write_comparison(folder: Path, result: ComparisonResult) -> None:
    """Write a table and its slices into `folder`."""
    write_json(folder / COMPARISON, result.to_json())


def read_comparison(folder: Path) -> ComparisonResult:
    """Return the table and the slices in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    return ComparisonResult.from_json(read_json(folder / COMPARISON))

"""Results on disk."""

from pathlib import Path

import pytest

from seqrec.errors import StorageError
from storage.files import read_metrics, write_metrics


def test_metrics_come_back_to_the_last_digit(tmp_path: Path) -> None:
    metrics = {"ndcg_at_20": 0.1 + 0.2, "hr_at_20": 1 / 3}
    write_metrics(tmp_path, metrics)
    assert read_metrics(tmp_path) == metrics


def test_missing_metrics_are_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        read_metrics(tmp_path)
    assert caught.value.subject == str(tmp_path / "metrics.json")

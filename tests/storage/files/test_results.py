"""Results on disk: they round-trip, and any program can read the curves."""

from dataclasses import replace

import polars as pl

from seqrec.evaluation.results import Fit, Machine, Memory
from seqrec.training.footprint import Footprint
from seqrec.types import EpochReport
from storage.files import read_fit, read_metrics, write_fit, write_metrics

EPOCHS = (
    EpochReport("fit", 1, 2.5, {"ndcg_at_20": 0.1}, 0.5, best_epoch=1),
    EpochReport("fit", 2, 2.25, {"ndcg_at_20": 0.2}, 0.5, best_epoch=2),
    EpochReport("refit", 1, 2.0, {}, 0.5, best_epoch=1),
)

MACHINE = Machine("cpu", "float32", 2, "a processor")


def fit_of(epochs):
    return Fit("a", "sasrec", 3, 1.5, 10, 2 if epochs else None, tuple(epochs), MACHINE)


def test_a_fit_comes_back_and_its_curves_are_a_table(tmp_path):
    write_fit(tmp_path, fit_of(EPOCHS))
    assert read_fit(tmp_path) == fit_of(EPOCHS)
    curves = pl.read_csv(tmp_path / "curves.csv")
    assert curves["loss"].to_list() == [2.5, 2.25, 2.0]
    assert curves["ndcg_at_20"].to_list() == [0.1, 0.2, None]


def test_a_fit_keeps_what_it_was_expected_to_take_and_what_it_took(tmp_path):
    memory = Memory(Footprint(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), peak_bytes=30)
    write_fit(tmp_path, replace(fit_of(EPOCHS), memory=memory))
    assert read_fit(tmp_path).memory == memory


def test_a_model_without_epochs_has_empty_curves(tmp_path):
    write_fit(tmp_path, fit_of(()))
    assert read_fit(tmp_path) == fit_of(())
    assert (tmp_path / "curves.csv").read_text().strip() == ""


def test_metrics_keep_every_digit(tmp_path):
    metrics = {"ndcg_at_20": 0.1 + 0.2}
    write_metrics(tmp_path, metrics)
    assert read_metrics(tmp_path) == metrics

"""Published numbers on the real Beauty dump, if the machine has it."""

from dataclasses import replace

import polars as pl
import pytest

from seqrec.datasets.amazon_2014 import Config as Amazon
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.metrics import evaluate
from seqrec.evaluation.ranking import rank
from seqrec.ingest.ingest import ingest
from seqrec.ingest.sink import ArrowSink
from seqrec.models.base import ModelConfig
from seqrec.models.most_popular import Config as MostPopular
from seqrec.models.sknn import Config as Neighbours
from seqrec.preparation.prepare import prepare
from seqrec.preparation.protocol import Protocol
from seqrec.types import Split
from tests.seqrec.models.fitted import fitted
from tests.shared_data import shared_data


@pytest.fixture(scope="module")
def beauty() -> pl.DataFrame:
    folder = shared_data("amazon_2014")
    sink = ArrowSink()
    ingest(Amazon(metadata=False), folder, sink)
    return pl.DataFrame(sink.tables["interactions"])


def split_of(interactions: pl.DataFrame, **protocol: object) -> Split:
    return prepare(interactions, Protocol.model_validate({"split": {"name": "temporal"}, **protocol})).split


def metrics_of(config: ModelConfig, split: Split) -> dict[str, float]:
    model = fitted(config, split)
    rankings = rank(model, split.test, replace(split.training.rules, k=20))
    return evaluate(Judged(rankings, split.test.targets, split.popularity), (10, 20))


def test_popularity_has_the_published_novelty_and_coverage(beauty: pl.DataFrame) -> None:
    values = metrics_of(MostPopular(), split_of(beauty, seen="keep", counts="all"))
    assert values["novelty_at_10"] == pytest.approx(9.187, abs=1e-3)
    assert values["novelty_at_20"] == pytest.approx(9.408, abs=1e-3)
    assert round(values["coverage_at_20"], 3) == 0.002
    assert values["hr_at_20"] == pytest.approx(0.018, abs=0.003)


def test_neighbours_reach_what_the_authors_code_does(beauty: pl.DataFrame) -> None:
    config = Neighbours(k=320, sample_size=1530, similarity="dot", decay="harmonic")
    values = metrics_of(config, split_of(beauty))
    assert values["ndcg_at_20"] == pytest.approx(0.041, abs=0.003)
    assert values["hr_at_20"] == pytest.approx(0.087, abs=0.003)

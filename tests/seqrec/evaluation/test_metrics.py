import numpy as np
import pytest

from seqrec.evaluation.metrics import ACCURACY, METRICS, evaluate
from seqrec.evaluation.ranking import rank
from seqrec.types import Rankings, Split
from tests.seqrec.evaluation.scorers import TableScorer
from tests.synthetic import split_of


def scored() -> tuple[Rankings, Split]:
    split = split_of([[0, 0, 0, 1], [1, 2]], [], [[0, 1], [1, 2]], n_items=4)
    table = np.array([[0.1, 0.9, 0.5, 0.2], [0.1, 0.9, 0.5, 0.2]], np.float32)
    return rank(TableScorer(table), split.test, candidates=split.training.rules.candidates, k=2, exclude_seen=True), split


def test_all_metrics_at_all_cutoffs_by_hand() -> None:
    # Lists are [1, 2] and [2, 0]; both targets come first. Counts are 3, 2, 1, 0.
    rankings, split = scored()
    values = evaluate(rankings, split, (1, 2))
    assert values == pytest.approx(
        {
            "hr_at_1": 1.0,
            "ndcg_at_1": 1.0,
            "mrr_at_1": 1.0,
            "coverage_at_1": 2 / 4,
            "serendipity_at_1": 1.0,
            "novelty_at_1": -(np.log2(2 / 6) + np.log2(1 / 6)) / 2,
            "hr_at_2": 1.0,
            "ndcg_at_2": 1.0,
            "mrr_at_2": 1.0,
            "coverage_at_2": 3 / 4,
            "serendipity_at_2": 1 / 2,
            "novelty_at_2": -(np.log2(2 / 6) + np.log2(1 / 6) + np.log2(1 / 6) + np.log2(3 / 6)) / 4,
        }
    )


def test_values_are_plain_floats() -> None:
    rankings, split = scored()
    assert {type(value) for value in evaluate(rankings, split, (1,)).values()} == {float}


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_says_in_one_line_what_it_is(name: str) -> None:
    first, _, _ = (METRICS[name].__doc__ or "").partition("\n")
    assert first.endswith(".")


def test_accuracy_is_per_case() -> None:
    rankings, _ = scored()
    assert {metric(rankings, 1).shape for metric in ACCURACY.values()} == {(2,)}

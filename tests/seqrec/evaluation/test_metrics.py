import numpy as np
import pytest

from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.metrics import ACCURACY, METRICS, evaluate
from seqrec.evaluation.ranking import rank
from tests.seqrec.evaluation.scorers import TableScorer
from tests.synthetic import split_of, with_rules


def scored() -> Judged:
    split = split_of([[0, 0, 0, 1], [1, 2]], [], [[0, 1], [1, 2]], n_items=4)
    table = np.array([[0.1, 0.9, 0.5, 0.2], [0.1, 0.9, 0.5, 0.2]], np.float32)
    rankings = rank(TableScorer(table), split.test, with_rules(split, k=2).training.rules)
    return Judged(rankings, split.test.targets, split.popularity)


def test_all_metrics_at_all_cutoffs_by_hand() -> None:
    # Lists are [1, 2] and [2, 0]; both targets come first. Counts are 3, 2, 1, 0.
    values = evaluate(scored(), (1, 2))
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
    assert {type(value) for value in evaluate(scored(), (1,)).values()} == {float}


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_says_in_one_line_what_it_is(name: str) -> None:
    first, _, _ = (METRICS[name].__doc__ or "").partition("\n")
    assert first.endswith(".")


def test_accuracy_is_per_case() -> None:
    places = scored().rankings.places
    assert {metric(places, 1).shape for metric in ACCURACY.values()} == {(2,)}

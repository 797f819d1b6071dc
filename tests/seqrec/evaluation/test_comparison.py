import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from seqrec.errors import ConfigError, DataError
from seqrec.evaluation.accuracy import ndcg
from seqrec.evaluation.comparison import compare
from seqrec.evaluation.config import Comparison
from seqrec.evaluation.estimate import estimate_difference, estimate_mean
from seqrec.evaluation.results import ComparisonResult, SignFlip
from seqrec.models import FLOORS
from seqrec.preparation.dates import FIRST_DATE_US
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.shuffle import Shuffle
from seqrec.preparation.splits.temporal import Config as Temporal
from tests.seqrec.evaluation.evaluations import PROTOCOL, evaluation_of
from tests.synthetic import random_split, with_training

SPLIT = random_split(n_test=120)
N = len(SPLIT.test)
QUICK = Comparison(n_resamples=200)


def ranks(low, high, seed=0):
    return np.random.default_rng(seed).integers(low, high, N)


MARKOV = evaluation_of(SPLIT, "markov", ranks(5, 30))
POPULAR = evaluation_of(SPLIT, "most_popular", ranks(15, 40))
GOOD = [
    evaluation_of(SPLIT, "good", ranks(0, 8, seed), model="sasrec", seed=seed, n_epochs=4 + seed, stochastic=True)
    for seed in (1, 2)
]


def compared(*evaluations, comparison=QUICK):
    return compare(evaluations, SPLIT, comparison, protocol_digest=PROTOCOL, title="a table", floors=FLOORS)


def test_rows_are_best_first_and_tested_against_the_best_floor():
    table = compared(POPULAR, MARKOV, *GOOD).table
    assert [row.label for row in table.rows] == ["good", "markov", "most_popular"]
    assert table.reference == "markov"
    assert (table.comparison, table.n_cases, table.protocol_digest) == ("ndcg_at_20", N, PROTOCOL)


def test_a_network_that_stopped_too_early_is_mentioned():
    def compared_with(**max_epochs):
        return compare(
            (MARKOV, *GOOD),
            SPLIT,
            QUICK,
            protocol_digest=PROTOCOL,
            title="a table",
            floors=FLOORS,
            max_epochs=max_epochs,
        ).table

    # The second seed was at its best in its sixth and last epoch.
    table = compared_with(good=6)
    assert [row.stopped_at for row in table.rows] == [6, None]
    (note,) = table.notes
    assert note.startswith("good stopped at max_epochs = 6 while its validation still improved")
    for settings in ({"good": 7}, {}):
        table = compared_with(**settings)
        assert [row.stopped_at for row in table.rows] == [None, None]
        assert table.notes == ()


def test_an_order_without_times_is_mentioned_if_a_model_fades_by_time():
    assert compared(MARKOV, *GOOD).table.notes == ()
    faded = evaluation_of(SPLIT, "faded", ranks(5, 30), model="recency")
    (note,) = compared(MARKOV, faded).table.notes
    assert "no dates by which faded could fade: read it as most_popular" in note
    train = SPLIT.training.train
    dates = with_training(SPLIT, train=replace(train, times=train.times + FIRST_DATE_US))
    table = compare((MARKOV, faded), dates, QUICK, protocol_digest=PROTOCOL, title="a table", floors=FLOORS).table
    assert table.notes == ()


def test_cells_by_hand():
    row = compared(MARKOV, *GOOD).table.row("good")
    own = [evaluation.metrics["ndcg_at_20"] for evaluation in GOOD]
    cell = row.cells["ndcg_at_20"]
    assert cell.mean == pytest.approx(np.mean(own))
    assert cell.sd == pytest.approx(abs(own[0] - own[1]) / np.sqrt(2))
    assert cell.low < cell.mean < cell.high
    assert (row.n_seeds, row.seeds, row.best_epoch) == (2, (1, 2), 5.5)


def test_the_difference_covers_seeds_and_cases():
    row = compared(MARKOV, *GOOD).table.row("good")
    good, markov = np.stack([ndcg(one.rankings.places, 20) for one in GOOD]), ndcg(MARKOV.rankings.places, 20)[None]
    expected = estimate_difference(good, markov)
    assert (row.difference.mean, row.difference.low, row.difference.high) == (
        expected.value,
        *expected.interval(0.95),
    )
    assert row.p_value == row.p_adjusted == expected.p_value
    assert (row.cells["ndcg_at_20"].low, row.cells["ndcg_at_20"].high) == estimate_mean(good).interval(0.95)


def test_the_sign_flip_test_is_that_of_these_trainings():
    row = compared(MARKOV, *GOOD).table.row("good")
    assert row.sign_flip == SignFlip(1 / 201, 1 / 201, is_bound=True)
    twin = evaluation_of(SPLIT, "twin", ranks(5, 30), model="sasrec")
    assert compared(MARKOV, twin).table.row("twin").sign_flip == SignFlip(1.0, 1.0, is_bound=False)


def test_one_training_gets_no_verdict():
    table = compared(MARKOV, POPULAR, GOOD[0]).table
    row, other = table.row("good"), table.row("most_popular")
    assert (row.one_training, row.p_value, row.p_adjusted, table.verdict(row)) == (True, None, None, "one training")
    cases = estimate_mean(ndcg(GOOD[0].rankings.places, 20)[None])
    assert (row.cells["ndcg_at_20"].low, row.cells["ndcg_at_20"].high) == cases.interval(0.95)
    assert row.difference.low < row.difference.mean < row.difference.high
    assert row.sign_flip.p_value == pytest.approx(1 / 201)
    # The models that have a verdict are not corrected for the one that has none.
    assert (other.one_training, table.verdict(other)) == (False, "worse")
    assert other.p_adjusted == other.p_value


def test_nothing_is_tested_against_one_training():
    table = compared(MARKOV, GOOD[0], comparison=Comparison(reference="good", n_resamples=50)).table
    assert [table.verdict(row) for row in table.rows] == ["reference", "one training"]


@pytest.mark.parametrize(
    ("higher", "p", "expected"), [(True, 0.049, "better"), (False, 0.049, "worse"), (True, 0.051, "unclear")]
)
def test_verdicts(higher, p, expected):
    table = compared(MARKOV, POPULAR).table
    row = table.row("most_popular")
    mean = abs(row.difference.mean) * (1 if higher else -1)
    assert table.verdict(replace(row, difference=replace(row.difference, mean=mean), p_adjusted=p)) == expected


def test_reference_is_not_tested_against_itself():
    table = compared(MARKOV, POPULAR).table
    row = table.row("markov")
    assert (row.difference, row.p_value, row.p_adjusted, row.sign_flip) == (None, None, None, None)
    assert table.verdict(row) == "reference"


def test_a_twin_of_the_reference_does_not_differ():
    twin = evaluation_of(SPLIT, "twin", ranks(5, 30), model="sasrec")
    row = compared(MARKOV, twin).table.row("twin")
    assert (row.difference.mean, row.difference.low, row.difference.high) == (0.0, 0.0, 0.0)
    assert (row.p_value, row.p_adjusted) == (1.0, 1.0)


def test_noise_is_not_called_better():
    others = [evaluation_of(SPLIT, f"m{i}", ranks(5, 30, seed=i), model="sasrec") for i in range(1, 8)]
    table = compared(MARKOV, *others).table
    assert min(row.p_adjusted for row in table.rows if row.p_adjusted is not None) > 0.05


def test_a_table_of_one():
    table = compared(MARKOV).table
    assert [row.label for row in table.rows] == ["markov"]
    assert table.rows[0].cells["ndcg_at_20"].sd is None


def test_only_means_over_cases_have_intervals():
    cells = compared(MARKOV, *GOOD).table.row("good").cells
    assert {name for name, cell in cells.items() if cell.low is None} == {
        f"{kind}_at_{k}" for kind in ("coverage", "serendipity", "novelty") for k in (1, 10, 20)
    }
    assert cells["coverage_at_20"].sd is not None


def test_reference_can_be_named():
    table = compared(MARKOV, *GOOD, comparison=Comparison(reference="good", n_resamples=50)).table
    assert table.reference == "good"
    assert table.row("markov").difference.mean < 0


def test_a_reference_that_failed_is_replaced_aloud(caplog):
    with caplog.at_level(logging.WARNING):
        table = compared(MARKOV, POPULAR, comparison=Comparison(reference="gone", n_resamples=50)).table
    assert table.reference == "markov"
    assert "gone" in caplog.text


def test_same_input_same_table_in_any_order():
    assert compared(MARKOV, POPULAR, *GOOD).table == compared(*GOOD, POPULAR, MARKOV).table


def test_slices_hold_every_model():
    for kind in compared(MARKOV, *GOOD).slices:
        for group in kind.groups:
            assert {frozenset(cells) for cells in group.cells.values()} == {frozenset({"markov", "good"})}
            assert set(group.cells) == {"hr_at_20", "ndcg_at_20"}


def test_survives_json():
    result = compared(MARKOV, *GOOD)
    assert ComparisonResult.from_json(json.loads(json.dumps(result.to_json()))) == result


class TestErrors:
    def test_another_protocol(self):
        stranger = evaluation_of(SPLIT, "stranger", ranks(0, 9), protocol_digest="another")
        with pytest.raises(DataError) as caught:
            compared(MARKOV, stranger)
        assert caught.value.subject == "evaluation of stranger with seed 0"
        assert "another" in caught.value.got

    def test_histories_in_another_order_are_another_protocol(self):
        true, shuffled = (Protocol(split=Temporal(), shuffle=shuffle) for shuffle in (None, Shuffle(part="test")))
        one = evaluation_of(SPLIT, "markov", ranks(0, 9), protocol_digest=true.digest)
        other = evaluation_of(SPLIT, "good", ranks(0, 9), protocol_digest=shuffled.digest)
        with pytest.raises(DataError) as caught:
            compare([one, other], SPLIT, QUICK, protocol_digest=true.digest, title="both", floors=FLOORS)
        assert caught.value.subject == "evaluation of good with seed 0"
        assert shuffled.digest in caught.value.got
        assert true.digest in caught.value.expected

    def test_other_test_cases(self):
        smaller = random_split(n_test=30)
        with pytest.raises(DataError) as caught:
            compared(MARKOV, evaluation_of(smaller, "short", np.zeros(30, int)))
        assert (caught.value.subject, caught.value.got) == ("evaluation of short with seed 0", "30 rankings")

    def test_no_reference_and_no_floor(self):
        with pytest.raises(ConfigError) as caught:
            compared(*GOOD)
        assert caught.value.subject == "comparison.reference"
        assert "markov" in caught.value.remedy

    def test_a_cutoff_that_was_not_taken(self):
        with pytest.raises(ConfigError) as caught:
            compared(MARKOV, comparison=Comparison(cutoff=7))
        assert caught.value.subject == "comparison.cutoff"
        assert "protocol.cutoffs" in caught.value.remedy

    def test_nothing(self):
        with pytest.raises(DataError) as caught:
            compared()
        assert caught.value.subject == "comparison"

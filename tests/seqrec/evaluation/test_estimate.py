import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from benchmarks.significance import Setting, by_estimate, by_sign_flip, called_different, draw
from seqrec.evaluation.estimate import estimate_difference, estimate_mean

accuracies = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(2, 6)), elements=st.floats(0.0, 1.0))


def rng(seed=0):
    return np.random.default_rng(seed)


def components(values):
    """Variances of cases, seeds and their interaction, from the mean squares of a two-way layout."""
    n_seeds, n_cases = values.shape
    rest = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    interaction = (rest**2).sum() / ((n_seeds - 1) * (n_cases - 1))
    return values.mean(axis=0).var(ddof=1) - interaction / n_seeds, values.mean(axis=1).var(ddof=1), interaction


class TestOneModel:
    def test_without_seeds_it_is_the_t_interval_of_the_cases(self):
        values = rng().exponential(0.1, size=(1, 50))
        ours = estimate_mean(values)
        theirs = stats.ttest_1samp(values[0], 0.0)
        assert ours.value == values.mean()
        assert ours.interval(0.9) == pytest.approx(theirs.confidence_interval(0.9))
        assert ours.p_value == pytest.approx(theirs.pvalue)

    def test_variances_of_seeds_and_cases_add_up(self):
        values = (
            0.4 + 0.1 * rng(1).normal(size=(3, 1)) + 0.05 * rng(2).normal(size=(1, 40)) + 0.01 * rng(3).random((3, 40))
        )
        of_cases, of_seeds, _ = components(values)
        ours = estimate_mean(values)
        cases, seeds = of_cases / 40, of_seeds / 3
        assert ours.error == pytest.approx(np.sqrt(cases + seeds))
        assert ours.df == pytest.approx((cases + seeds) ** 2 / (cases**2 / 39 + seeds**2 / 2))

    def test_seeds_that_agree_by_luck_count_as_their_interaction(self):
        values = rng().random((2, 30))
        values += 0.5 - values.mean(axis=1, keepdims=True)
        of_cases, of_seeds, interaction = components(values)
        assert of_seeds == pytest.approx(0.0)
        cases, seeds = max(of_cases, 0.0) / 30, interaction / (2 * 30)
        ours = estimate_mean(values)
        assert ours.error == pytest.approx(np.sqrt(cases + seeds))
        assert ours.df == pytest.approx((cases + seeds) ** 2 / (cases**2 / 29 + seeds**2 / 1))

    def test_seeds_that_change_nothing_are_one(self):
        once = rng().random((1, 30))
        assert estimate_mean(np.repeat(once, 3, axis=0)).interval(0.95) == pytest.approx(
            estimate_mean(once).interval(0.95)
        )

    @given(accuracies)
    def test_no_error_is_smaller_than_over_the_cases_alone(self, values):
        assert estimate_mean(values).error >= estimate_mean(values.mean(axis=0)[None]).error - 1e-9

    @given(accuracies)
    def test_stays_inside_the_possible_values(self, values):
        low, high = estimate_mean(values).interval(0.99)
        assert 0.0 <= low <= high <= 1.0

    def test_constant_values_have_no_width(self):
        assert estimate_mean(np.full((2, 20), 0.5)).interval(0.95) == (0.5, 0.5)

    def test_a_single_case_tells_nothing_about_others(self):
        one = estimate_mean(np.array([[0.3], [0.4]]))
        assert (one.value, one.interval(0.95), one.p_value) == (0.35, (None, None), 1.0)


class TestTwoModels:
    def test_without_seeds_it_is_the_paired_t_test(self):
        first, second = rng().random((1, 40)), rng(1).random((1, 40))
        ours, theirs = estimate_difference(first, second), stats.ttest_rel(first[0], second[0])
        assert ours.p_value == pytest.approx(theirs.pvalue)
        assert ours.interval(0.95) == pytest.approx(theirs.confidence_interval(0.95))

    def test_with_many_cases_it_is_the_welch_test_of_the_seeds(self):
        n = 200_000
        seeds = [rng(1).normal(0.5, 0.02, (4, 1)), rng(2).normal(0.5, 0.05, (3, 1))]
        first, second = (
            one + rng(3).normal(0.0, 1e-3, (1, n)) + rng(4).normal(0.0, 1e-3, (len(one), n)) for one in seeds
        )
        theirs = stats.ttest_ind(first.mean(axis=1), second.mean(axis=1), equal_var=False)
        ours = estimate_difference(first, second)
        assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-3)
        assert ours.df == pytest.approx(theirs.df, rel=1e-3)

    @given(accuracies, st.integers(1, 3))
    def test_takes_no_side(self, values, n_seeds):
        other = rng(n_seeds).random((n_seeds, values.shape[1]))
        there, back = estimate_difference(values, other), estimate_difference(other, values)
        assert there.p_value == pytest.approx(back.p_value)
        assert there.interval(0.9) == pytest.approx([-end for end in reversed(back.interval(0.9))])

    @given(accuracies)
    def test_the_interval_holds_zero_if_and_only_if_the_test_finds_nothing(self, values):
        found = estimate_difference(values, np.full((1, values.shape[1]), 0.25))
        low, high = found.interval(0.95)
        if abs(found.p_value - 0.05) > 1e-6 and found.error > 1e-9 and low > -1.0 and high < 1.0:
            assert (low <= 0.0 <= high) == (found.p_value >= 0.05)

    def test_twins_do_not_differ(self):
        values = rng().random((1, 40))
        assert estimate_difference(np.repeat(values, 3, axis=0), values).p_value > 0.999

    def test_a_difference_in_every_case_is_certain(self):
        assert estimate_difference(np.full((1, 20), 0.5), np.full((1, 20), 0.4)).p_value < 1e-12


class TestLevel:
    """At 5 %, 20 of 400 comparisons are expected, and more than 28 (7 %) in one of 30.

    Seeds deviate as in the README's tables; with 0, seeds have no effect on all cases, only from case to case.
    """

    @pytest.mark.parametrize("deviation", [0.0, 0.0021, 0.0027, 0.0038])
    def test_a_model_does_not_differ_from_itself(self, deviation):
        assert called_different(by_estimate, Setting((3, 3), deviation), 400) <= 0.07

    @pytest.mark.parametrize("deviation", [0.0, 0.0038])
    @pytest.mark.parametrize("seeds", [(3, 3), (5, 5), (3, 0)], ids=str)
    def test_equally_good_models_do_not_differ(self, deviation, seeds):
        assert called_different(by_estimate, Setting(seeds, deviation, same=False), 400) <= 0.07

    def test_the_sign_flip_test_would_fail_because_it_knows_nothing_about_seeds(self):
        assert called_different(by_sign_flip, Setting((3, 3), 0.0027), 100) > 0.2

    @pytest.mark.parametrize(
        ("seeds", "gain", "power"), [((3, 3), 0.012, 0.85), ((5, 5), 0.009, 0.85), ((3, 0), 0.012, 0.9)]
    )
    def test_true_differences_are_found(self, seeds, gain, power):
        assert called_different(by_estimate, Setting(seeds, 0.0027, same=False, gain=gain), 200) >= power

    @pytest.mark.parametrize(("n_seeds", "deviation"), [(3, 0.0), (3, 0.0021), (5, 0.0038)])
    def test_intervals_hold_the_true_mean(self, n_seeds, deviation):
        source, setting = rng(), Setting((n_seeds, 0), deviation)
        intervals = [estimate_mean(draw(setting, source)[0]).interval(0.95) for _ in range(400)]
        assert 0.92 <= np.mean([low <= 0.04 <= high for low, high in intervals]) <= 0.99

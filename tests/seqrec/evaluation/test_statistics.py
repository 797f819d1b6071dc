import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from seqrec.evaluation import statistics
from seqrec.evaluation.statistics import holm, mean_and_sd, sign_flip_p_values

probabilities = arrays(np.float64, st.integers(1, 12), elements=st.floats(0.0, 1.0))


def rng(seed=0):
    return np.random.default_rng(seed)


def test_mean_and_sd_by_hand():
    mean, sd = mean_and_sd(np.array([1.0, 2.0, 6.0]))
    assert mean == 3.0
    assert sd == pytest.approx(np.sqrt((4 + 1 + 9) / 2))
    assert mean_and_sd(np.array([0.25])) == (0.25, None)


class TestSignFlip:
    def test_exact_p_of_a_small_sample(self):
        # Of 16 sign patterns only ++++ and ---- reach a sum of 10.
        p = sign_flip_p_values(np.array([[1.0], [2.0], [3.0], [4.0]]), 40_000, rng())
        assert p[0] == pytest.approx(2 / 16, abs=0.006)

    def test_agrees_with_scipy(self):
        differences = rng(3).normal(0.2, 1.0, size=60)
        theirs = stats.permutation_test(
            (differences, np.zeros(60)),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=20_000,
            rng=rng(1),
        ).pvalue
        assert sign_flip_p_values(differences[:, None], 20_000, rng(2))[0] == pytest.approx(theirs, abs=0.012)

    def test_identical_models_get_one(self):
        assert sign_flip_p_values(np.zeros((100, 1)), 50, rng()).tolist() == [1.0]

    def test_is_never_zero(self):
        assert sign_flip_p_values(np.ones((200, 1)), 99, rng()).tolist() == [0.01]

    def test_takes_no_side(self):
        differences = rng().normal(0.1, 1.0, (100, 1))
        there, back = (sign_flip_p_values(d, 500, rng(1)) for d in (differences, -differences))
        assert np.array_equal(there, back)

    def test_is_uniform_under_the_null(self):
        p = sign_flip_p_values(rng(5).standard_t(3, size=(60, 2000)), 199, rng(6))
        assert stats.kstest(p, "uniform").statistic < 0.06
        assert 0.03 < (p <= 0.05).mean() < 0.07

    def test_repeated_sums_count_in_spite_of_rounding(self):
        # With one non-zero difference, every sign pattern repeats the observed sum.
        differences = np.zeros((1000, 1))
        differences[7] = 0.1
        assert sign_flip_p_values(differences, 100, rng()).tolist() == [1.0]

    def test_blocks_change_nothing_but_memory(self, monkeypatch):
        differences = rng().normal(0.1, 1.0, (30, 2))
        whole = sign_flip_p_values(differences, 200, rng(1))
        monkeypatch.setattr(statistics, "_CHUNK_BYTES", 30 * 8 * 7)
        assert np.allclose(sign_flip_p_values(differences, 200, rng(1)), whole, atol=0.05)


class TestHolm:
    def test_by_hand(self):
        assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])

    def test_one_test_needs_no_correction(self):
        assert holm(np.array([0.2])).tolist() == [0.2]

    @given(probabilities)
    def test_lies_between_the_raw_p_and_one_and_is_bonferroni_for_the_smallest(self, p):
        adjusted = holm(p)
        assert (adjusted >= p).all()
        assert (adjusted <= 1.0).all()
        assert adjusted.min() == min(len(p) * p.min(), 1.0)

    @given(probabilities)
    def test_keeps_the_order(self, p):
        assert (np.diff(holm(p)[np.argsort(p)]) >= 0).all()

    @given(probabilities, st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_tests(self, p, random):
        order = list(range(len(p)))
        random.shuffle(order)
        assert np.allclose(holm(p[order]), holm(p)[order])

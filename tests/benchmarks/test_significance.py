"""The simulated comparisons are what they say, and the tests beside ours are tests."""

import numpy as np
import pytest

from benchmarks.significance import NDCG, Setting, by_bootstrap, by_widened_bootstrap, called_different, draw


def drawn(setting, n_comparisons):
    rng = np.random.default_rng(0)
    return [draw(setting, rng) for _ in range(n_comparisons)]


def test_models_have_the_means_that_they_should():
    pairs = drawn(Setting((3, 0), 0.0038, same=False, gain=0.01), 300)
    first, second = (np.mean([pair[side].mean() for pair in pairs]) for side in (0, 1))
    assert first == pytest.approx(NDCG + 0.01, abs=0.0006)
    assert second == pytest.approx(NDCG, abs=0.0004)
    assert [values.shape for values in pairs[0]] == [(3, 4469), (1, 4469)]


@pytest.mark.parametrize(("asked", "measured"), [(0.0, 0.0015), (0.0027, 0.0027)])
def test_seeds_deviate_as_they_should(asked, measured):
    variances = [values.mean(axis=1).var(ddof=1) for pair in drawn(Setting((3, 3), asked), 100) for values in pair]
    assert np.sqrt(np.mean(variances)) == pytest.approx(measured, rel=0.1)


def test_the_bootstraps_find_large_differences():
    setting = Setting((3, 3), 0.0021, gain=0.03)
    assert [called_different(test, setting, 10) for test in (by_bootstrap, by_widened_bootstrap)] == [1.0, 1.0]

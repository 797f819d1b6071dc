import numpy as np
import pytest

from seqrec.audit import power
from seqrec.types import Places


def places(better: list[int]) -> Places:
    return Places(np.array(better), np.ones(len(better), np.int64))


def test_errors_are_those_of_coins():
    # One hit in five, on 100 cases of a test with 400.
    floors = {"worse": places([99] * 100), "better": places([0] * 20 + [50] * 80)}
    (found,) = power.check(floors, 400, (1, 10))
    error = np.sqrt(0.2 * 0.8 / 400)
    for name in ("hr_at_1", "hr_at_10", "ndcg_at_10"):
        assert found.figures[name] == pytest.approx(0.2)
        assert found.figures[f"{name}_standard_error"] == pytest.approx(error)
        # (1.96 + 0.84) standard errors: the difference of two models with correlation 0.5 spreads as much as one model.
        assert found.figures[f"{name}_smallest_difference"] == pytest.approx(2.8016 * error, rel=1e-4)
    assert found.figures["n_cases"] == 400
    assert found.verdict == "ok"
    assert "best floor (better, 0.2000)" in found.sentence
    assert "(100 of 400 test cases checked)" in found.sentence


def test_a_handful_of_cases_tells_little():
    (found,) = power.check({"floor": places([0] * 2 + [50] * 18)}, 20, (10,))
    assert found.verdict == "note"


def test_the_stated_power_is_what_a_paired_test_has():
    rng = np.random.default_rng(0)
    n, smallest = 1000, 2.8016 * 1 / np.sqrt(1000)
    # Values of unit variance with correlation 0.5, the second better by the smallest difference.
    shared, first, second = rng.normal(size=(3, 2000, n)) * np.sqrt(0.5)
    differences = (shared + second + smallest) - (shared + first)
    z = differences.mean(axis=1) / (differences.std(axis=1) / np.sqrt(n))
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_floors_that_hit_nothing_tell_nothing():
    (found,) = power.check({"floor": places([100] * 20)}, 20, (10,))
    assert found.verdict == "note"
    assert "spread and power are unknown" in found.sentence
    assert "looked at" not in found.sentence

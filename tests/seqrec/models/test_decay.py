import numpy as np
import pytest

from seqrec.models.decay import DECAYS

# A prompt of five items, oldest to newest.
OF_FIVE = {
    "none": [1, 1, 1, 1, 1],
    "linear": [0.6, 0.7, 0.8, 0.9, 1],
    "constant_linear": [0.6, 0.7, 0.8, 0.9, 1],
    "scaling_linear": [0.2, 0.4, 0.6, 0.8, 1],
    "scaling_quadratic": [0.04, 0.16, 0.36, 0.64, 1],
    "scaling_cubic": [0.008, 0.064, 0.216, 0.512, 1],
    "log": [0.383, 0.419, 0.477, 0.591, 1],
    "harmonic": [0.2, 0.25, 1 / 3, 0.5, 1],
    "quadratic": [0.04, 0.0625, 1 / 9, 0.25, 1],
    "harmonic_squared": [0.04, 0.0625, 1 / 9, 0.25, 1],
}


@pytest.mark.parametrize("name", DECAYS)
def test_weights_of_five_events(name: str) -> None:
    ages = np.array([5, 4, 3, 2, 1])
    assert DECAYS[name](ages, np.full(5, 5)) == pytest.approx(OF_FIVE[name], abs=5e-4)


@pytest.mark.parametrize(("name", "floor"), [("linear", 1e-4), ("constant_linear", 1e-5)])
def test_linear_weights_stay_above_their_floor(name: str, floor: float) -> None:
    assert DECAYS[name](np.array([11, 50]), np.array([50, 50])) == pytest.approx([floor, floor])


@pytest.mark.parametrize("name", DECAYS)
def test_weights_are_positive_and_fall_with_age(name: str) -> None:
    ages = np.arange(1, 201)
    weights = DECAYS[name](ages, np.full(200, 200))
    assert weights[0] == 1.0
    assert (weights > 0).all()
    assert (np.diff(weights) <= 0).all()

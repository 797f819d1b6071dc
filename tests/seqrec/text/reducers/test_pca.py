import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from seqrec.errors import ConfigError
from seqrec.text.reducers.pca import Config
from seqrec.types import Vectors


def draw(n_items: int, dim: int, seed: int = 0) -> Vectors:
    return Vectors(np.random.default_rng(seed).standard_normal((n_items, dim)).astype(np.float32))


def test_known_answer() -> None:
    """Points on the line (3, 4) t lie at 5 t from their mean, for either sign of the axis."""
    line = np.outer([-2.0, 0.0, 2.0, 4.0], [3.0, 4.0]).astype(np.float32)
    reduced = Config(dim=2).reduce(Vectors(line), np.ones(4, bool)).values
    np.testing.assert_allclose(np.abs(reduced), [[15, 0], [5, 0], [5, 0], [15, 0]], atol=1e-5)
    assert reduced[0, 0] * reduced[3, 0] < 0


@given(n_items=st.integers(3, 12), width=st.integers(2, 12), seed=st.integers(0, 99))
def test_all_components_keep_all_distances(n_items: int, width: int, seed: int) -> None:
    """This holds for both solvers: with more items than columns, and with fewer."""
    vectors = draw(n_items, width, seed)
    reduced = Config(dim=min(n_items, width)).reduce(vectors, np.ones(n_items, bool)).values
    centred = vectors.values - vectors.values.mean(axis=0)
    np.testing.assert_allclose(reduced @ reduced.T, centred @ centred.T, atol=1e-3)


def test_components_are_ordered_by_variance() -> None:
    variances = Config(dim=5).reduce(draw(50, 8), np.ones(50, bool)).values.var(axis=0)
    assert (np.diff(variances) < 0).all()


def test_scope_train_does_not_look_at_other_items() -> None:
    vectors, trained = draw(20, 6), np.arange(20) < 12
    other = Vectors(np.where(trained[:, None], vectors.values, 100 * vectors.values))
    reduced, moved = (Config(dim=3, fit="train").reduce(v, trained).values for v in (vectors, other))
    np.testing.assert_array_equal(reduced[trained], moved[trained])
    assert not np.allclose(reduced[~trained], moved[~trained])
    catalogue, moved = (Config(dim=3).reduce(v, trained).values for v in (vectors, other))
    assert not np.allclose(catalogue[trained], moved[trained])


def test_zero_vectors_share_one_point_off_the_origin() -> None:
    vectors = draw(20, 6).values + 1.0
    vectors[[3, 7]] = 0.0
    reduced = Config(dim=4).reduce(Vectors(vectors), np.ones(20, bool)).values
    np.testing.assert_allclose(reduced[3], reduced[7], atol=1e-6)
    assert np.linalg.norm(reduced[3]) > 0.5


def test_normalise_gives_unit_length() -> None:
    plain = Config(dim=4).reduce(draw(20, 6), np.ones(20, bool)).values
    unit = Config(dim=4, normalise=True).reduce(draw(20, 6), np.ones(20, bool)).values
    np.testing.assert_allclose(unit, plain / np.linalg.norm(plain, axis=1, keepdims=True), rtol=1e-5)


@pytest.mark.parametrize(
    ("config", "got", "expected"),
    [
        (Config(dim=7), "7 for 20 vectors of width 6 (fit = 'catalogue')", "at most 6"),
        (Config(dim=5, fit="train"), "5 for 4 vectors of width 6 (fit = 'train')", "at most 4"),
    ],
)
def test_too_many_components(config: Config, got: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.reduce(draw(20, 6), np.arange(20) < 4)
    assert (caught.value.subject, caught.value.got, caught.value.expected) == ("reducer.dim", got, expected)
    assert "'identity'" in caught.value.remedy


@pytest.mark.parametrize("fit", ["catalogue", "train"])
def test_agrees_with_scikit_learn(fit: str) -> None:
    vectors, trained = draw(40, 6), np.arange(40) < 25
    scope = vectors.values[trained] if fit == "train" else vectors.values
    expected = PCA(3, svd_solver="covariance_eigh").fit(scope.astype(np.float64)).transform(vectors.values)
    np.testing.assert_allclose(Config(dim=3, fit=fit).reduce(vectors, trained).values, expected, atol=1e-6)

"""Known answers of the reducers besides PCA."""

import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from seqrec.errors import ConfigError, DataError
from seqrec.text.reducers.autoencoder import Config as Autoencoder
from seqrec.text.reducers.identity import Config as Identity
from seqrec.text.reducers.lda import Config as Lda
from seqrec.text.reducers.random_projection import Config as RandomProjection
from seqrec.text.reducers.smoothing import Config as Smoothing
from seqrec.text.reducers.truncated_svd import Config as TruncatedSvd
from seqrec.text.reducers.whitening import Config as Whitening
from seqrec.types import FeatureField, Features, Vectors


def draw(n_items: int, dim: int, seed: int = 0) -> Vectors:
    """Return normal vectors whose directions have different variances, around a mean that is not zero."""
    rng = np.random.default_rng(seed)
    return Vectors((rng.standard_normal((n_items, dim)) * np.linspace(3.0, 0.5, dim) + 1.0).astype(np.float32))


def everyone(n_items: int) -> np.ndarray:
    """Return a mask of all items."""
    return np.ones(n_items, bool)


def products(values: np.ndarray) -> np.ndarray:
    """Return what does not depend on signs or turns: the products of all pairs."""
    return values @ values.T


def classes(codes: list[int], names: int) -> Features:
    """Return features with one category per item; -1 for none."""
    lengths = np.array([code >= 0 for code in codes], np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = np.array([code for code in codes if code >= 0], np.int32)
    return Features({"categories": FeatureField(tuple(map(str, range(names))), offsets, values)})


def test_svd_agrees_with_scikit_learn_and_keeps_zero() -> None:
    vectors = draw(40, 8)
    vectors.values[3] = 0.0
    reduced = TruncatedSvd(dim=3).reduce(vectors, everyone(40)).values
    expected = TruncatedSVD(3, algorithm="arpack").fit_transform(vectors.values.astype(np.float64))
    np.testing.assert_allclose(products(reduced), products(expected), atol=1e-3)
    assert not reduced[3].any()


def test_full_whitening_has_unit_covariance_and_none_is_pca() -> None:
    vectors = draw(400, 6)
    whole = Whitening(dim=6).reduce(vectors, everyone(400)).values
    np.testing.assert_allclose(np.cov(whole, rowvar=False, bias=True), np.eye(6), atol=1e-3)
    none = Whitening(dim=4, power=0.0).reduce(vectors, everyone(400)).values
    np.testing.assert_allclose(products(none), products(PCA(4).fit_transform(vectors.values)), rtol=1e-3, atol=1e-2)


def test_partial_whitening_is_between() -> None:
    vectors = draw(400, 6)
    spreads = []
    for power in (0.0, 0.5, 1.0):
        variances = Whitening(dim=6, power=power).reduce(vectors, everyone(400)).values.var(axis=0)
        spreads.append(variances.max() / variances.min())
    assert spreads[0] > spreads[1] > spreads[2] == pytest.approx(1.0, abs=0.01)
    assert spreads[1] == pytest.approx(spreads[0] ** 0.5, rel=0.01)


def test_random_projection_keeps_lengths_on_average_and_may_widen() -> None:
    vectors = draw(200, 10)
    lengths = (vectors.values**2).sum(1)
    ratios = [
        ((RandomProjection(dim=8, seed=seed).reduce(vectors, everyone(200)).values ** 2).sum(1) / lengths).mean()
        for seed in range(40)
    ]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)
    assert len({round(float(ratio), 6) for ratio in ratios}) == 40
    assert RandomProjection(dim=64).reduce(vectors, everyone(200)).dim == 64


def test_lda_agrees_with_scikit_learn_on_items_with_a_class() -> None:
    rng = np.random.default_rng(0)
    codes = [*rng.integers(0, 4, 90).tolist(), 4, *[-1] * 9]
    values = draw(100, 6).values + 3.0 * rng.standard_normal((6, 6))[codes].astype(np.float32)
    reduced = Lda(dim=3).reduce(Vectors(values), everyone(100), classes(codes, 5)).values
    chosen = np.arange(90)
    expected = LinearDiscriminantAnalysis(n_components=3).fit(
        values[chosen].astype(np.float64), np.array(codes)[chosen]
    )
    np.testing.assert_allclose(np.abs(reduced), np.abs(expected.transform(values)), atol=1e-3)


def test_lda_learns_from_trained_items_alone_if_told() -> None:
    codes = (np.arange(60) % 3).tolist()
    values = draw(60, 5).values
    other = values.copy()
    other[40:] *= 50.0
    first, second = (
        Lda(dim=2, fit="train").reduce(Vectors(one), np.arange(60) < 40, classes(codes, 3)).values
        for one in (values, other)
    )
    np.testing.assert_array_equal(first[:40], second[:40])


def test_lda_says_how_many_directions_there_are() -> None:
    features = classes((np.arange(60) % 3).tolist(), 3)
    with pytest.raises(ConfigError, match=r"3 for 3 classes .* at most 2"):
        Lda(dim=3).reduce(draw(60, 5), everyone(60), features)
    with pytest.raises(DataError, match="1 classes"):
        Lda(dim=1).reduce(draw(60, 5), everyone(60), classes([0] * 60, 1))
    with pytest.raises(DataError, match="0 classes"):
        Lda(dim=1).reduce(draw(60, 5), everyone(60), classes([-1] * 60, 1))


def test_a_trained_autoencoder_finds_the_subspace_of_pca() -> None:
    rng = np.random.default_rng(0)
    low = rng.standard_normal((400, 3)) @ rng.standard_normal((3, 12))
    vectors = Vectors(low.astype(np.float32))
    reduced = Autoencoder(dim=3, epochs=300, batch_size=100, lr=1e-2).reduce(vectors, everyone(400)).values
    design = np.c_[reduced, np.ones(400)]
    rest = low - design @ np.linalg.lstsq(design, low, rcond=None)[0]
    assert (rest**2).sum() < 1e-3 * (low**2).sum()


def test_an_autoencoder_depends_on_its_seed_and_on_nothing_else() -> None:
    vectors = draw(100, 12)
    first, again = (Autoencoder(dim=3, seed=1).reduce(vectors, everyone(100)).values for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, Autoencoder(dim=3, seed=2).reduce(vectors, everyone(100)).values)
    assert Autoencoder(dim=128)._widths(1536) == [1536, 1024, 512, 256, 128]
    assert Autoencoder(dim=512)._widths(768) == [768, 512]


def test_smoothing_uses_the_weights_of_ease() -> None:
    vectors = draw(30, 7)
    unit = (vectors.values / np.linalg.norm(vectors.values, axis=1, keepdims=True)).astype(np.float64)
    # EASE on the transposed vectors: B = I - P / diag(P) with P the inverse over all pairs of items.
    inverse = np.linalg.inv(unit @ unit.T + 5.0 * np.eye(30))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    expected = []
    for item in range(30):
        column = np.clip(weights[:, item], 0.0, None)
        column[np.argsort(-column)[4:]] = 0.0
        expected.append(0.4 * vectors.values[item] + 0.6 * (column / column.sum()) @ vectors.values)
    smoothed = Smoothing(share=0.6, n_neighbours=4).reduce(vectors, everyone(30)).values
    np.testing.assert_allclose(smoothed, expected, atol=1e-4)


def test_smoothing_leaves_what_has_no_neighbours() -> None:
    values = np.eye(4, dtype=np.float32)
    values[3] = 0.0
    np.testing.assert_array_equal(Smoothing().reduce(Vectors(values), everyone(4)).values, values)


def test_identity_may_scale_to_unit_length() -> None:
    vectors = draw(10, 4)
    vectors.values[2] = 0.0
    unit = Identity(normalise=True).reduce(vectors, everyone(10)).values
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), np.where(np.arange(10) == 2, 0.0, 1.0), atol=1e-6)

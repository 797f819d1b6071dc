"""The contract of every reducer, checked for each member of the union."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from seqrec.config import name_of
from seqrec.text.reducers import REDUCERS, AnyReducer
from seqrec.text.reducers.base import ReducerConfig
from seqrec.types import FeatureField, Features, Vectors

DIM = 4
REDUCER: TypeAdapter[ReducerConfig] = TypeAdapter(AnyReducer)


@pytest.fixture(params=[name_of(config) for config in REDUCERS])
def reducer(request: pytest.FixtureRequest) -> ReducerConfig:
    fields = {"dim": DIM} if "dim" in dict(REDUCERS_BY_NAME[request.param].model_fields) else {}
    return REDUCER.validate_python({"name": request.param} | fields)


REDUCERS_BY_NAME = {name_of(config): config for config in REDUCERS}


@pytest.fixture
def vectors() -> Vectors:
    return Vectors(np.random.default_rng(0).standard_normal((30, 9)).astype(np.float32))


@pytest.fixture
def features() -> Features:
    """Return classes of items that their vectors tell apart by chance only: six of them, five items each."""
    names = tuple(f"class {number}" for number in range(6))
    field = FeatureField(names, np.arange(31), np.tile(np.arange(6, dtype=np.int32), 5))
    return Features({"brand": field, "categories": field})


def in_order(features: Features, order: np.ndarray) -> Features:
    """Return the features of the items in another order."""
    return Features(
        {name: FeatureField(one.names, one.offsets, one.values[order]) for name, one in features.fields.items()}
    )


def test_keeps_items_and_gives_its_width(reducer: ReducerConfig, vectors: Vectors, features: Features) -> None:
    reduced = reducer.reduce(vectors, np.ones(30, bool), features).values
    assert reduced.shape == (30, reducer.out_dim or vectors.dim)
    assert reduced.dtype == np.float32
    assert np.isfinite(reduced).all()


def test_same_again(reducer: ReducerConfig, vectors: Vectors, features: Features) -> None:
    trained = np.ones(30, bool)
    first, second = (reducer.reduce(vectors, trained, features).values for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_follows_the_order_of_items(reducer: ReducerConfig, vectors: Vectors, features: Features) -> None:
    """Distances between items do not depend on the order of the items."""
    order, trained = np.random.default_rng(1).permutation(30), np.ones(30, bool)
    straight = reducer.reduce(vectors, trained, features).values[order]
    shuffled = reducer.reduce(Vectors(vectors.values[order]), trained, in_order(features, order)).values
    np.testing.assert_allclose(straight @ straight.T, shuffled @ shuffled.T, atol=1e-4)


def test_other_items_are_reduced_as_those_that_it_was_fitted_on(
    reducer: ReducerConfig, vectors: Vectors, features: Features
) -> None:
    state = reducer.learn(vectors, np.ones(30, bool), features)
    alone = reducer.transform(state, Vectors(vectors.values[[7, 3]])).values
    np.testing.assert_allclose(alone, reducer.transform(state, vectors).values[[7, 3]], atol=1e-6)


def test_leaves_its_input_alone(reducer: ReducerConfig, vectors: Vectors, features: Features) -> None:
    before = vectors.values.copy()
    reducer.reduce(vectors, np.ones(30, bool), features)
    np.testing.assert_array_equal(vectors.values, before)


def test_round_trip_by_json(reducer: ReducerConfig) -> None:
    assert REDUCER.validate_json(reducer.model_dump_json()) == reducer

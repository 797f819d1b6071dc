"""The contract of every encoder, checked for each member of the union."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter

from seqrec.config import name_of
from seqrec.text.encoders import ENCODERS, AnyEncoder
from seqrec.text.encoders.base import EncoderConfig, assemble
from seqrec.types import Texts

ENCODER: TypeAdapter[EncoderConfig] = TypeAdapter(AnyEncoder)
WORDS = (
    "red nail polish",
    "hair oil",
    "red hair",
    "nail oil",
    "polish",
    "red oil polish hair",
    "nail",
    "hair polish",
)


def texts_of(order: list[int]) -> Texts:
    item_ids = np.array([f"i{i}" for i in order], object)
    return Texts(item_ids, tuple(WORDS[i] for i in order), np.zeros(len(order), bool))


@pytest.fixture(params=[name_of(config) for config in ENCODERS])
def encoder(request: pytest.FixtureRequest, tmp_path: Path) -> EncoderConfig:
    """Return each encoder with its arguments; one that needs none is made from its name."""
    fields: dict[str, object] = {}
    if request.param == "lsa":
        fields = {"dim": 4}
    elif request.param == "precomputed":
        vectors = np.random.default_rng(0).standard_normal((len(WORDS), 5)).astype(np.float32)
        frame = {"item_id": [f"i{i}" for i in range(len(WORDS))], "vector": vectors.tolist()}
        pl.DataFrame(frame).write_parquet(tmp_path / "vectors.parquet")
        fields = {"path": "vectors.parquet"}
    elif request.param == "sentence_transformers":
        fields = {"model": str(request.getfixturevalue("sentence_encoder")), "batch_size": 3}
    elif request.param == "openai":
        fields = {"model": "tiny", "base_url": request.getfixturevalue("endpoint").base_url, "batch_size": 3}
    return ENCODER.validate_python({"name": request.param} | fields)


def embed(encoder: EncoderConfig, order: list[int], data: Path) -> np.ndarray:
    return assemble(encoder.embed(texts_of(order), data), len(order)).values


def test_promises(encoder: EncoderConfig, tmp_path: Path) -> None:
    straight, order = list(range(len(WORDS))), [5, 2, 7, 0, 1, 6, 4, 3]
    vectors = embed(encoder, straight, tmp_path)
    assert vectors.ndim == 2
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.linalg.matrix_rank(vectors) > 1, "different texts have different vectors"
    np.testing.assert_array_equal(embed(encoder, straight, tmp_path), vectors)

    shuffled = embed(encoder, order, tmp_path)
    np.testing.assert_allclose(shuffled @ shuffled.T, (vectors @ vectors.T)[np.ix_(order, order)], atol=0.02)
    if encoder.per_text:
        np.testing.assert_allclose(embed(encoder, [4, 1], tmp_path), vectors[[4, 1]], atol=0.02)

    again = ENCODER.validate_json(encoder.model_dump_json())
    assert again == encoder
    assert again.identity(texts_of(straight), tmp_path) == encoder.identity(texts_of(straight), tmp_path)
    if encoder.per_text:
        assert encoder.identity(texts_of(order), tmp_path) == encoder.identity(texts_of(straight), tmp_path)

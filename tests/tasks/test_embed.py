"""Embedding and reduction without a Prefect server: the functions of the tasks on a real store."""

from pathlib import Path

import numpy as np
import pytest

from seqrec.errors import ConfigError
from seqrec.text.encoders.lsa import Config as Lsa
from seqrec.text.reducers.pca import Config as Pca
from storage.files import read_split, read_vectors
from tasks.compose import compose
from tasks.embed import embed
from tasks.ingest import ingest
from tasks.prepare import prepare
from tasks.reduce import reduce
from tests.flows.tiny import tiny


def test_vectors_go_by_item_and_are_made_once(tmp_path: Path) -> None:
    experiment = tiny(tmp_path)
    dump = ingest.fn(experiment.dataset, tmp_path)
    split = prepare.fn(dump, experiment.protocol)
    texts = compose.fn(experiment.text, dump, split.training)
    vectors = embed.fn("lsa", Lsa(dim=8), texts, tmp_path)
    data = read_split(Path(split.uri))
    values = read_vectors(Path(vectors.uri)).values
    assert values.shape == (data.n_items, 8)
    assert vectors.rows == data.n_items
    # Another label names the same vectors, but another width needs other vectors.
    assert embed.fn("again", Lsa(dim=8), texts, tmp_path) == vectors
    assert embed.fn("lsa", Lsa(dim=4), texts, tmp_path).key != vectors.key

    reduced = reduce.fn(vectors, Pca(dim=3), split.training, {"a": None, "b": 3})
    assert read_vectors(Path(reduced.uri)).values.shape == (data.n_items, 3)
    assert reduce.fn(vectors, Pca(dim=3), split.training, {"a": None, "b": 3}) == reduced
    with pytest.raises(ConfigError, match=r"models\.c\.dim: got 4; expected 3"):
        reduce.fn(vectors, Pca(dim=3), split.training, {"a": 3, "c": 4})
    np.testing.assert_array_equal(read_vectors(Path(vectors.uri)).values, values)

"""Round trips of every kind of file, and the errors of damaged ones."""

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.errors import StorageError
from seqrec.types import Lists, Places, Rankings, State, Vectors
from storage.files import (
    read_json,
    read_rankings,
    read_state,
    read_table,
    read_vectors,
    write_json,
    write_rankings,
    write_state,
    write_table,
    write_vectors,
)
from tests.storage.files.test_split import assert_same
from tests.synthetic import chain_split, split_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=8,
)


@settings(max_examples=25)
@given(JSON)
def test_json_comes_back_the_same(value: object) -> None:
    with TemporaryDirectory() as folder:
        write_json(Path(folder) / "value.json", value)
        assert read_json(Path(folder) / "value.json") == value


def test_json_refuses_what_others_could_not_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"loss": math.nan})
    assert not (tmp_path / "a.json").exists()


def test_vectors_come_back_the_same_even_from_a_transposed_view(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3).T
    write_vectors(tmp_path, Vectors(values))
    np.testing.assert_array_equal(read_vectors(tmp_path).values, [[0, 3], [1, 4], [2, 5]])


def test_tables_come_back_the_same_with_fewer_columns(tmp_path: Path) -> None:
    table = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    write_table(tmp_path / "t.parquet", table)
    assert read_table(tmp_path / "t.parquet").equals(table)
    assert read_table(tmp_path / "t.parquet", ["b"]).equals(table.select("b"))
    with pytest.raises(StorageError, match="with columns c"):
        read_table(tmp_path / "t.parquet", ["c"])


def test_rankings_come_back_the_same(tmp_path: Path) -> None:
    split = chain_split(n_items=10, n_test=3)
    rankings = Rankings(
        Lists(
            np.array([[3, 1], [2, -1], [-1, -1]], np.int32),
            np.array([[0.1, -2], [1 / 3, -np.inf], [-np.inf, -np.inf]], np.float32),
        ),
        Places(np.array([0, 5, 9], np.int64), np.array([1, 2, 0], np.int64)),
    )
    write_rankings(tmp_path, rankings, split.test, split.training.vocabulary)
    found = read_rankings(tmp_path)
    assert_same(found, rankings)


def test_rankings_have_original_ids(tmp_path: Path) -> None:
    split = split_of([[0, 1]], [[0, 1]], [[2, 1, 0], [1, 2]], n_items=3)
    rankings = Rankings(
        Lists(np.array([[2, 0], [1, -1]], np.int32), np.array([[4, 3], [2, -np.inf]], np.float32)),
        Places(np.array([1, 0], np.int64), np.array([1, 0], np.int64)),
    )
    write_rankings(tmp_path, rankings, split.test, split.training.vocabulary)
    ranks = read_table(tmp_path / "ranks.parquet").drop("timestamp")
    assert ranks.rows() == [(0, "u0", "i0", 2, 1, 1), (1, "u1", "i2", 1, 0, 0)]
    assert ranks.columns == ["case", "user_id", "item_id", "prompt_length", "better", "tied"]
    top = read_table(tmp_path / "top.parquet")
    assert top.rows() == [(0, 1, "u0", "i2", 2, 4.0), (0, 2, "u0", "i0", 0, 3.0), (1, 1, "u1", "i1", 1, 2.0)]


def test_a_state_comes_back_the_same(tmp_path: Path) -> None:
    weight = torch.randn(3, 4)
    tensors = {
        "weight": weight,
        "tied": weight,
        "transposed": weight.T,
        "half": weight.bfloat16(),
        "step": torch.tensor(7),
        "empty": torch.zeros(0, 4),
        "generator": torch.get_rng_state(),
        "trained": torch.nn.Parameter(weight * 2),
    }
    write_state(tmp_path, State(tensors, {"best": -math.inf, "epoch": 3, "history": [0.1 + 0.2]}))
    found = read_state(tmp_path)
    assert found.facts == {"best": -math.inf, "epoch": 3, "history": [0.1 + 0.2]}
    assert found.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found.tensors[name].dtype == tensor.dtype
        assert torch.equal(found.tensors[name], tensor)


@pytest.mark.parametrize("damage", ["missing", "torn", "foreign"])
@pytest.mark.parametrize(
    "file", ["vectors.safetensors", "ranks.parquet", "top.parquet", "state.safetensors", "state.json"]
)
def test_a_damaged_file_is_named(tmp_path: Path, file: str, damage: str) -> None:
    split = chain_split(n_items=10, n_test=3)
    nothing = Rankings(
        Lists(np.full((3, 2), -1, np.int32), np.full((3, 2), -np.inf, np.float32)),
        Places(np.zeros(3, np.int64), np.zeros(3, np.int64)),
    )
    write_vectors(tmp_path, Vectors(np.ones((2, 3), np.float32)))
    write_rankings(tmp_path, nothing, split.test, split.training.vocabulary)
    write_state(tmp_path, State({"weight": torch.ones(3)}, {"epoch": 1}))
    path = tmp_path / file
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3] if damage == "torn" else b"\xff\xfe not what it should be")
    read = {"vectors": read_vectors, "ranks": read_rankings, "top": read_rankings, "state": read_state}[path.stem]
    with pytest.raises(StorageError) as caught:
        read(tmp_path)
    assert caught.value.subject == str(path)
    assert "Remove the folder" in caught.value.remedy


def test_arrays_of_something_else_are_not_vectors(tmp_path: Path) -> None:
    write_state(tmp_path, State({"weight": torch.ones(3)}))
    (tmp_path / "state.safetensors").rename(tmp_path / "vectors.safetensors")
    with pytest.raises(StorageError, match="expected item vectors"):
        read_vectors(tmp_path)

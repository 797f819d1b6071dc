"""A split on disk."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.errors import StorageError
from seqrec.types import Split
from storage.files import TEST, TRAINING, read_split, read_training, read_vocabulary, write_split
from tests.synthetic import chain_split, split_of, with_rules, with_training

ROWS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=5), max_size=4)


def assert_same(one: object, other: object) -> None:
    """Assert that both have the same values, in arrays of the same type."""
    if is_dataclass(one):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other, strict=True)
    else:
        assert one == other


def test_everything_comes_back(tmp_path: Path) -> None:
    plain = with_rules(with_training(chain_split(), refit=True), exclude_seen=False)
    shown = np.arange(120, dtype=np.int32).reshape(60, 2) % 40
    valid = replace(plain.training.valid, shown=shown[::-1].copy())
    split = replace(with_training(plain, valid=valid), shuffled=True, test=replace(plain.test, shown=shown))
    write_split(tmp_path, split)
    assert_same(split, read_split(tmp_path))
    assert_same(split.training, read_training(tmp_path / TRAINING))
    assert_same(split.training.vocabulary, read_vocabulary(tmp_path / TRAINING))


def test_training_is_whole_without_the_test(tmp_path: Path) -> None:
    split = chain_split()
    write_split(tmp_path, split)
    rmtree(tmp_path / TEST)
    assert_same(split.training, read_training(tmp_path / TRAINING))
    with pytest.raises(StorageError):
        read_split(tmp_path)


@settings(max_examples=25)
@given(ROWS, ROWS, ROWS)
def test_any_split_comes_back(train: list[list[int]], valid: list[list[int]], test: list[list[int]]) -> None:
    split = split_of(train, valid, test, n_items=5)
    with TemporaryDirectory() as folder:
        write_split(Path(folder), split)
        assert_same(split, read_split(Path(folder)))


def test_ids_are_kept_to_the_letter(tmp_path: Path) -> None:
    split: Split = split_of([[0, 1]], [[0, 1]], [[1, 2]], n_items=3)
    odd = np.array(["007", "  ", "naïve \U0001f9f4\n"], object)
    write_split(tmp_path, with_training(split, vocabulary=replace(split.training.vocabulary, item_ids=odd)))
    assert read_split(tmp_path).training.vocabulary.item_ids.tolist() == odd.tolist()


@pytest.mark.parametrize(
    "file",
    [f"{TRAINING}/{name}" for name in ("arrays.safetensors", "rules.json", "items.parquet", "users.parquet")]
    + [f"{TEST}/{name}" for name in ("arrays.safetensors", "rules.json")],
)
def test_a_torn_file_is_named(tmp_path: Path, file: str) -> None:
    write_split(tmp_path, chain_split())
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:-5])
    with pytest.raises(StorageError) as caught:
        read_split(tmp_path)
    assert caught.value.subject == str(tmp_path / file)

"""A split on disk."""

import time
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.errors import StorageError
from seqrec.types import Split
from storage.files import read_split, read_vocabulary, write_split
from tests.synthetic import chain_split, random_split, split_of

ROWS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=5), max_size=4)


def assert_same(one: object, other: object) -> None:
    """Both hold the same values, in arrays of the same type."""
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
    sampled = np.arange(120, dtype=np.int32).reshape(60, 2) % 40
    split = replace(chain_split(), exclude_seen=False, refit=True, shuffled=True, sampled=sampled)
    write_split(tmp_path, split)
    assert_same(split, read_split(tmp_path))
    assert_same(split.training.vocabulary, read_vocabulary(tmp_path))


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
    write_split(tmp_path, replace(split, vocabulary=replace(split.training.vocabulary, item_ids=odd)))
    assert read_split(tmp_path).vocabulary.item_ids.tolist() == odd.tolist()


@pytest.mark.parametrize("file", ["split.safetensors", "rules.json", "items.parquet", "users.parquet"])
def test_a_torn_file_is_named(tmp_path: Path, file: str) -> None:
    write_split(tmp_path, chain_split())
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:-5])
    with pytest.raises(StorageError) as caught:
        read_split(tmp_path)
    assert caught.value.subject == str(tmp_path / file)


def test_a_split_of_beautys_size_is_read_in_a_moment(tmp_path: Path) -> None:
    split = random_split(n_items=12_101, n_train=17_890, n_valid=500, n_test=4_469)
    write_split(tmp_path, split)
    durations_s = []
    for _ in range(5):
        started = time.perf_counter()
        read_split(tmp_path)
        durations_s.append(time.perf_counter() - started)
    assert min(durations_s) < 0.05

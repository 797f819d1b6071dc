from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seqrec.errors import EncoderError
from seqrec.text.encoders.base import assemble
from seqrec.text.encoders.precomputed import Config
from seqrec.types import Texts

VECTORS = {"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]}


def write(
    folder: Path,
    rows: dict[str, list[float]] = VECTORS,
    item_column: str = "item_id",
    vector_column: str = "vector",
) -> Path:
    path = folder / "v.parquet"
    pl.DataFrame({item_column: list(rows), vector_column: list(rows.values())}).write_parquet(path)
    return path


def texts_of(*item_ids: str) -> Texts:
    return Texts(np.array(item_ids, object), ("?",) * len(item_ids), np.zeros(len(item_ids), bool))


def embed(config: Config, data: Path, *item_ids: str) -> list[list[float]]:
    return assemble(config.embed(texts_of(*item_ids), data), len(item_ids)).values.tolist()


def error(config: Config, data: Path, *item_ids: str) -> EncoderError:
    with pytest.raises(EncoderError) as caught:
        embed(config, data, *item_ids)
    assert config.path in caught.value.subject
    return caught.value


def test_follows_the_requested_items(tmp_path: Path) -> None:
    write(tmp_path)
    assert embed(Config(path="v.parquet"), tmp_path, "c", "a") == [[5, 6], [1, 2]]


def test_reads_arrays_of_any_float_integer_ids_and_other_column_names(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"asin": [7, 8], "e": [[1.5, 2.0], [3.0, 4.0]]},
        schema={"asin": pl.Int64, "e": pl.Array(pl.Float64, 2)},
    )
    frame.write_parquet(tmp_path / "v.parquet")
    config = Config(path="v.parquet", item_column="asin", vector_column="e")
    assert embed(config, tmp_path, "8", "7") == [[3, 4], [1.5, 2]]


def test_an_absolute_path_stays(tmp_path: Path) -> None:
    assert embed(Config(path=str(write(tmp_path))), Path("/elsewhere"), "a") == [[1, 2]]


def test_an_item_without_a_vector(tmp_path: Path) -> None:
    write(tmp_path)
    caught = error(Config(path="v.parquet"), tmp_path, "a", "x", "b", "y")
    assert caught.got == "none for 2 of 4 items, such as 'x'"
    assert 'missing = "zero"' in caught.remedy


def test_an_item_without_a_vector_may_be_zero(tmp_path: Path) -> None:
    write(tmp_path)
    assert embed(Config(path="v.parquet", missing="zero"), tmp_path, "x", "b") == [[0, 0], [3, 4]]


def test_a_null_vector_is_none(tmp_path: Path) -> None:
    write(tmp_path, VECTORS | {"d": None})
    assert error(Config(path="v.parquet"), tmp_path, "a", "d").got == "none for 1 of 2 items, such as 'd'"


def test_the_file_of_another_data_set(tmp_path: Path) -> None:
    write(tmp_path)
    caught = error(Config(path="v.parquet", missing="zero"), tmp_path, "x", "y")
    assert caught.got == "none for 2 of 2 items, such as 'x'"
    assert "'item_id' holds the ids of this dataset" in caught.remedy


def test_a_missing_file(tmp_path: Path) -> None:
    config = Config(path="gone.parquet")
    caught = error(config, tmp_path, "a")
    assert caught.got == f"no file {tmp_path / 'gone.parquet'}"
    assert """--set 'encoders.<label>={name="sentence_transformers", model="..."}'""" in caught.remedy
    assert """--set 'encoders.<label>={name="lsa"}'""" in caught.remedy
    with pytest.raises(EncoderError, match="no file"):
        config.identity(texts_of("a"), tmp_path)


@pytest.mark.parametrize(
    ("vectors", "got"),
    [
        ({"a": [1.0], "b": [2.0, 3.0]}, "vectors of 1, 2 numbers"),
        ({"a": [], "b": []}, "vectors of 0 numbers"),
        ({"a": [1.0, 2.0], "b": [float("nan"), 1.0]}, "1 vectors with missing numbers, NaN or infinity"),
        ({"a": [1.0, float("-inf")], "b": [1.0, None]}, "2 vectors with missing numbers, NaN or infinity"),
    ],
)
def test_unusable_vectors(vectors: dict[str, list[float]], got: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"item_id": list(vectors), "vector": list(vectors.values())},
        schema_overrides={"vector": pl.List(pl.Float32)},
    )
    frame.write_parquet(tmp_path / "v.parquet")
    assert error(Config(path="v.parquet"), tmp_path, "a", "b").got == got


def test_other_items_may_be_broken(tmp_path: Path) -> None:
    write(tmp_path, VECTORS | {"x": [float("nan"), 0.0], "y": [1.0]})
    assert embed(Config(path="v.parquet"), tmp_path, "a") == [[1, 2]]


def test_an_id_twice(tmp_path: Path) -> None:
    frame = pl.DataFrame({"item_id": ["a", "b", "a"], "vector": [[1.0], [2.0], [3.0]]})
    frame.write_parquet(tmp_path / "v.parquet")
    assert error(Config(path="v.parquet"), tmp_path, "a").got == "2 rows that share an id, such as 'a'"


@pytest.mark.parametrize("columns", [{"item_column": "asin"}, {"vector_column": "embedding"}])
def test_columns_of_other_names(columns: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, **columns)
    caught = error(Config(path="v.parquet"), tmp_path, "a")
    assert next(iter(columns.values())) in caught.got
    assert "item_column" in caught.remedy


def test_vectors_that_are_not_numbers(tmp_path: Path) -> None:
    pl.DataFrame({"item_id": ["a"], "vector": ["1 2"]}).write_parquet(tmp_path / "v.parquet")
    assert "vector (String)" in error(Config(path="v.parquet"), tmp_path, "a").got


@pytest.mark.parametrize("content", [b"", b"item_id,vector\n", b"PAR1 but then nothing PAR1"])
def test_a_file_that_is_not_parquet(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "v.parquet").write_bytes(content)
    assert error(Config(path="v.parquet"), tmp_path, "a").expected == "a complete Parquet file"


def test_identity_is_the_content_wherever_it_lies(tmp_path: Path) -> None:
    texts = texts_of("a")
    first = write(tmp_path)
    copied = tmp_path / "copy.parquet"
    copied.write_bytes(first.read_bytes())
    identity = Config(path="v.parquet").identity(texts, tmp_path)
    assert Config(path="copy.parquet").identity(texts, tmp_path) == identity
    assert Config(path="v.parquet", missing="zero").identity(texts, tmp_path) != identity
    write(tmp_path, VECTORS | {"d": [7.0, 8.0]})
    assert Config(path="v.parquet").identity(texts, tmp_path) != identity


def test_a_damaged_file(tmp_path: Path) -> None:
    content = bytearray(write(tmp_path).read_bytes())
    content[8:60] = bytes(52)
    (tmp_path / "v.parquet").write_bytes(content)
    caught = error(Config(path="v.parquet"), tmp_path, "a")
    assert caught.got.startswith("a file that can't be read as Parquet")
    assert caught.expected == "a complete Parquet file"


@pytest.mark.parametrize("ids", [[["a"], ["b"]], [1.5, 2.5]])
def test_ids_that_are_neither_text_nor_whole_numbers(ids: list[object], tmp_path: Path) -> None:
    pl.DataFrame({"item_id": ids, "vector": [[1.0], [2.0]]}).write_parquet(tmp_path / "v.parquet")
    caught = error(Config(path="v.parquet"), tmp_path, "a")
    assert "item_id (" in caught.got
    assert "a column 'item_id' of text or whole numbers" in caught.expected

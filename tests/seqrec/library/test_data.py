"""Frames and files are read alike, and nothing is dropped in silence."""

from pathlib import Path

import polars as pl
import pytest

import seqrec
from seqrec.errors import ConfigError, DataError, SeqrecWarning
from tests.seqrec.library.shop import COLUMNS, N_ITEMS, orders, products


def test_frames_of_polars_and_pandas_and_files_are_read_alike(tmp_path: Path) -> None:
    frame = orders()
    frame.write_csv(tmp_path / "orders.csv")
    frame.write_parquet(tmp_path / "orders.parquet")
    products().write_csv(tmp_path / "products.csv")
    as_frame = seqrec.read(frame, items=products(), **COLUMNS)
    for source, items in [
        (frame.lazy(), tmp_path / "products.csv"),
        (frame.to_pandas(), products().to_pandas()),
        (tmp_path / "orders.csv", str(tmp_path / "products.csv")),
        (str(tmp_path / "orders.parquet"), products()),
    ]:
        data = seqrec.read(source, items=items, **COLUMNS)
        assert data.interactions.equals(as_frame.interactions)
        assert data.items.equals(as_frame.items)
    assert as_frame.interactions.height == len(frame)
    assert as_frame.interactions["item_id"].dtype == pl.String
    assert as_frame.items["title"].to_list() == products()["title"].to_list()
    assert repr(as_frame) == "Data(table: 80 users, 12 items, 720 interactions; 0 rows set aside)"


def test_items_may_have_other_columns() -> None:
    items = products().rename({"sku": "id", "title": "label"})
    data = seqrec.read(orders(), items=items, item_columns={"item": "id", "title": "label"}, **COLUMNS)
    assert data.items["title"].null_count() == 0
    assert data.items.height == N_ITEMS - 1


def test_rows_that_cannot_be_used_are_kept_and_reported() -> None:
    frame = pl.concat([orders(), pl.DataFrame({"customer": [1, None], "sku": [None, 2], "when": [1_600_000_000] * 2})])
    with pytest.warns(SeqrecWarning, match="1 as 'no item', 1 as 'no user'"):
        data = seqrec.read(frame, **COLUMNS)
    assert data.rejects["line"].to_list() == [len(orders()) + 1, len(orders()) + 2]
    assert data.rejects["file"].to_list() == ["interactions"] * 2


def test_too_many_rows_that_cannot_be_used_are_rows_and_not_lines() -> None:
    bad = pl.DataFrame({"customer": [1] * 101, "sku": [None] * 101, "when": [1_600_000_000] * 101}, orders().schema)
    with pytest.raises(DataError, match="too many bad rows: 101 bad of 821 read, the first at row 721") as caught:
        seqrec.read(pl.concat([orders(), bad]), **COLUMNS)
    assert "line" not in str(caught.value)
    assert "file" not in str(caught.value)


def test_no_row_that_can_be_used() -> None:
    with pytest.raises(DataError, match="no usable row") as caught:
        seqrec.read(orders().with_columns(sku=pl.lit(None, pl.Int64)).head(9), **COLUMNS)
    assert "line" not in str(caught.value)


def test_a_known_dump_by_name() -> None:
    with pytest.warns(SeqrecWarning, match="Shared titles"):
        data = seqrec.read(dataset="demo", n_users=100)
    assert data.quality.events.n_users == 100
    with pytest.warns(SeqrecWarning, match="Shared titles"):
        assert seqrec.read(dataset={"name": "demo", "n_users": 100}).interactions.equals(data.interactions)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"item": "skus"}, "interactions: got the columns .*a column 'skus'. Did you mean 'sku'"),
        ({"time": None}, "a value|text that is not empty"),
        ({"usr": "customer"}, "an unknown key.*Did you mean 'user'"),
        ({"dataset": "demo"}, "a dataset and tables"),
        ({"time_unit": "ms"}, "Set the argument time_unit"),
        ({"items": "nowhere.csv"}, "nowhere.csv"),
        ({"items": products(), "item_columns": {"title": "name"}}, r"item_columns\['title'\]"),
    ],
)
def test_a_wrong_argument_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises((ConfigError, DataError), match=words):
        seqrec.read(orders(), **(COLUMNS | change))


def test_other_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no source"):
        seqrec.read()
    with pytest.raises(DataError, match="nix"):
        seqrec.read(tmp_path / "nix.csv")
    with pytest.raises(ConfigError, match="Did you mean 'demo'"):
        seqrec.read(dataset="demmo")


def test_a_pandas_column_of_mixed_types_is_named() -> None:
    frame = orders().to_pandas().astype({"sku": object})
    frame.loc[0, "sku"] = ["a", "list"]
    with pytest.raises(DataError, match="interactions"):
        seqrec.read(frame, **COLUMNS)

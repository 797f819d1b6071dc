from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from seqrec.datasets.errors import RejectLog
from seqrec.datasets.recbole import Config
from seqrec.errors import DataError
from tests.seqrec.datasets.dumps import recbole
from tests.seqrec.datasets.files import interactions_of, items_of, places, write

T = 1_365_984_000
DAY = datetime(2013, 4, 15, tzinfo=UTC)


def inter(folder: Path, header: str, *rows: str, **settings: object) -> Config:
    write(folder / "d.inter", "\n".join(line.replace(" ", "\t") for line in (header, *rows)))
    return Config(dataset="d", metadata=False, **settings)


def item(folder: Path, text: str, **settings: object) -> Config:
    write(folder / "d.item", text)
    return Config(dataset="d", **settings)


def test_interactions(tmp_path: Path) -> None:
    assert interactions_of(recbole.write(tmp_path), tmp_path).rows() == [
        ("196", "242", datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC), 0, 3.0),
        ("186", "302", datetime(1998, 4, 4, 19, 22, 22, tzinfo=UTC), 1, 3.0),
        ("196", "302", datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC), 2, 1.5),
    ]


def test_items_and_quotes_that_quote_nothing(tmp_path: Path) -> None:
    assert items_of(recbole.write(tmp_path), tmp_path).rows() == [
        ("242", "Kolya", None, ["Comedy"], None),
        ("302", '"Weird Al": the 12" cut', None, ["Crime", "Film-Noir", "Mystery"], None),
    ]


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("session_id:token item_id:token timestamp:float", f"7 a {T}", ("7", "a", DAY, 0, None)),
        ("business_id:token stars:float date:float user_id:token", f"a 4 {T}.0 7", ("7", "a", DAY, 0, 4.0)),
        ("user_id:token product_id:token timestamp:token", "7 a 2013-04-15", ("7", "a", DAY, 0, None)),
        ("user_id:token artist_id:token weight:float timestamp:float", f"7 a 2 {T}000", ("7", "a", DAY, 0, 2.0)),
    ],
)
def test_conventional_names(tmp_path: Path, header: str, row: str, expected: tuple[object, ...]) -> None:
    assert interactions_of(inter(tmp_path, header, row), tmp_path).rows() == [expected]


def test_a_sequence_is_no_item(tmp_path: Path) -> None:
    config = inter(tmp_path, "user_id:token item_id_list:token_seq timestamp:float", f"7 a {T}", item="item_id_list")
    with pytest.raises(DataError, match="item_id_list of the type token_seq") as caught:
        interactions_of(config, tmp_path)
    assert caught.value.remedy.startswith("Write the file with a row for each item")


def test_chosen_names_win(tmp_path: Path) -> None:
    header = "user_id:token who:token item_id:token what:token timestamp:float when:float rating:float worth:float"
    chosen = {"user": "who", "item": "what", "time": "when", "value": "worth"}
    config = inter(tmp_path, header, f"1 7 1 a 1 {T} 1 5", **chosen)
    assert interactions_of(config, tmp_path).rows() == [("7", "a", DAY, 0, 5.0)]


@pytest.mark.parametrize("field", ["user", "item", "time", "value"])
def test_a_chosen_name_that_is_not_there(tmp_path: Path, field: str) -> None:
    config = inter(tmp_path, "user_id:token item_id:token timestamp:float", f"7 a {T}", **{field: "other"})
    with pytest.raises(DataError) as caught:
        interactions_of(config, tmp_path)
    assert caught.value.subject.endswith("d.inter")
    assert caught.value.expected == "a column other"
    assert caught.value.got == "the columns user_id, item_id, timestamp"
    assert f"dataset.{field}" in caught.value.remedy


@pytest.mark.parametrize(("field", "name"), [("user", "user_id"), ("item", "item_id"), ("time", "timestamp")])
def test_no_conventional_name(tmp_path: Path, field: str, name: str) -> None:
    header = "user_id:token item_id:token timestamp:float".replace(name, "other")
    with pytest.raises(DataError) as caught:
        interactions_of(inter(tmp_path, header, f"7 7 {T}"), tmp_path)
    assert name in caught.value.expected
    assert f"dataset.{field}" in caught.value.remedy


@pytest.mark.parametrize(
    ("header", "got"),
    [
        ("user_id item_id:token timestamp:float", "a column 'user_id'"),
        ("user_id:int item_id:token timestamp:float", "a column 'user_id:int'"),
        (":token item_id:token timestamp:float", "a column ':token'"),
        ("item_id:token item_id:float timestamp:float", "a column 'item_id:float'"),
    ],
)
def test_a_header_without_types(tmp_path: Path, header: str, got: str) -> None:
    with pytest.raises(DataError) as caught:
        interactions_of(inter(tmp_path, header, f"7 a {T}"), tmp_path)
    assert caught.value.got == got
    assert "token_seq" in caught.value.expected
    assert "atomic file" in caught.value.remedy


@pytest.mark.parametrize("field", ["user_id", "item_id", "timestamp", "rating"])
def test_a_sequence_is_no_single_value(tmp_path: Path, field: str) -> None:
    header = "user_id:token item_id:token timestamp:float rating:float"
    broken = " ".join(f"{field}:float_seq" if name.startswith(field) else name for name in header.split())
    with pytest.raises(DataError, match=f"a column {field} of the type float_seq"):
        interactions_of(inter(tmp_path, broken, f"7 a {T} 1"), tmp_path)


def test_bad_rows_are_set_aside(tmp_path: Path) -> None:
    header = "user_id:token item_id:token timestamp:float rating:float"
    rows = [f"7 a {T} 1", f" a {T} 1", f"7  {T} 1", "7 a soon 1", "7 a 1e300 1", f"7 a {T} x", f"7 a {T}", f'"7 a {T} ']
    rejects = RejectLog()
    events = interactions_of(inter(tmp_path, header, *rows), tmp_path, rejects)
    assert events["user_id"].to_list() == ["7", "7", '"7']
    assert events["value"].to_list() == [1.0, None, None]
    assert sorted(places(rejects)) == [
        (3, "no user_id"),
        (4, "no item_id"),
        (5, "no readable time"),
        (6, "no readable time"),
        (8, "wrong number of fields"),
    ]


@pytest.mark.parametrize(
    ("kind", "separator", "categories"),
    [
        ("token_seq", " ", ["Sci-Fi,", "Slice", "of", "Life"]),
        ("token_seq", ", ", ["Sci-Fi", "Slice of Life"]),
        ("token", " ", ["Sci-Fi, Slice of Life"]),
    ],
)
def test_sequences_are_parted(tmp_path: Path, kind: str, separator: str, categories: list[str]) -> None:
    config = item(tmp_path, f"item_id:token\tgenre:{kind}\n1\tSci-Fi, Slice of Life\n2\t\n", seq_separator=separator)
    assert items_of(config, tmp_path)["categories"].to_list() == [categories, None]


def test_items_with_no_text_at_all(tmp_path: Path) -> None:
    config, rejects = item(tmp_path, "item_id:token\tprice:float\n1\t2.5\n1\t3\n\t4\n"), RejectLog()
    assert items_of(config, tmp_path, rejects).rows() == [("1", None, None, None, None)]
    assert sorted(places(rejects)) == [(3, "duplicate item"), (4, "no item")]


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        Config(dataset="d").files(tmp_path)
    assert "d/d.inter" in caught.value.expected
    assert "dataset.dataset" in caught.value.remedy
    inter(tmp_path, "x")
    with pytest.raises(DataError) as caught:
        Config(dataset="d").files(tmp_path)
    assert "d.item" in caught.value.expected
    assert "dataset.metadata = false" in caught.value.remedy
    assert [file.name for file in Config(dataset="d", metadata=False).files(tmp_path)] == ["d.inter"]
    assert Config(dataset="d", metadata=False).item_files(tmp_path) == ()


def test_names() -> None:
    assert Config(dataset="Amazon_Books.v2").label == "recbole-amazon_books-v2"
    for wrong in ("../d", "", "a/b"):
        with pytest.raises(ValidationError):
            Config(dataset=wrong)


def test_times_in_another_unit_are_named(tmp_path: Path) -> None:
    rows = [f"7 a {T + day * 86_400}" for day in range(50)]
    config = inter(tmp_path, "user_id:token item_id:token timestamp:float", *rows, time_unit="ms")
    with pytest.raises(DataError) as caught:
        interactions_of(config, tmp_path)
    assert "dataset.time_unit" in caught.value.remedy


@pytest.mark.parametrize("names", [None, ("part1", "part2", "part3")])
def test_files_that_are_split(tmp_path: Path, names: tuple[str, str, str] | None) -> None:
    header = "user_id:token\titem_id:token\ttimestamp:float\n"
    for place, name in enumerate(names or ("train", "valid", "test")):
        write(tmp_path / f"d.{name}.inter", f"{header}7\ti{place}\t{T + place}\n")
    config = Config(dataset="d", metadata=False, benchmark_filename=names)
    found = interactions_of(config, tmp_path)
    assert found.select("item_id", "part").rows() == [("i0", "train"), ("i1", "valid"), ("i2", "test")]
    (tmp_path / f"d.{(names or ('', 'valid'))[1]}.inter").unlink()
    with pytest.raises(DataError, match=r"expected d\.\w+\.inter"):
        config.event_files(tmp_path)


def test_a_file_of_all_interactions_comes_first(tmp_path: Path) -> None:
    config = inter(tmp_path, "user_id:token item_id:token timestamp:float", f"7 a {T}")
    write(tmp_path / "d.train.inter", "x")
    assert [path.name for path in config.event_files(tmp_path)] == ["d.inter"]

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seqrec.datasets.amazon_2023 import Config
from seqrec.datasets.errors import RejectLog
from seqrec.errors import DataError
from tests.seqrec.datasets.dumps import amazon_2023, amazon_2023_benchmark
from tests.seqrec.datasets.files import interactions_of, items_of, places, write

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(time_ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=time_ms)


def test_interactions_of_parents_at_milliseconds(tmp_path: Path) -> None:
    config, rejects = amazon_2023.write(tmp_path), RejectLog()
    assert interactions_of(config, tmp_path, rejects).rows() == [
        ("U1", "P1", at(1588687728923), 0, 5.0),
        ("U1", "P2", at(1588615855070), 1, None),
        ("U2", "P1", at(1589665266052), 2, 4.0),
        ("U3", "P3", at(1643393630220), 3, 1.0),
    ]
    assert places(rejects) == [(4, "impossible time")]


def test_items(tmp_path: Path) -> None:
    assert items_of(amazon_2023.write(tmp_path), tmp_path).rows() == [
        ("P1", "Howard LC0008 & Leather", "Howard Products", ["Beauty", "Care"], None),
        ("P2", None, None, ["All Beauty"], "One. Two."),
        ("P3", "Comb", None, ["All Beauty"], None),
    ]


def test_the_benchmark_brings_its_split(tmp_path: Path) -> None:
    config = amazon_2023_benchmark.write(tmp_path)
    assert interactions_of(config, tmp_path).select("user_id", "item_id", "timestamp", "value", "part").rows() == [
        ("U1", "P1", at(1588615855070), 5.0, "train"),
        ("U1", "P2", at(1588687728923), None, "train"),
        ("U2", "P2", at(1588687728000), 4.0, "train"),
        ("U1", "P3", at(1598687728923), 3.0, "valid"),
        ("U1", "P2", at(1608687728923), 5.0, "test"),
        ("U2", "P1", at(1608687728923), 1.0, "test"),
    ]


def test_the_benchmark_without_histories_and_with_bad_lines(tmp_path: Path) -> None:
    config = amazon_2023_benchmark.write(tmp_path)
    header = "user_id,parent_asin,rating,timestamp\n"
    bad = "U1,P1,five,1588615855070\n,P1,5.0,1588615855070\nU1,P1,5.0,-1\nU1,P1,5.0,0\nU1,P1\n"
    write(tmp_path / "All_Beauty.train.csv", f"{header}U1,P1,,1588615855070\n{bad}")
    rejects = RejectLog()
    assert interactions_of(config, tmp_path, rejects).rows()[0] == ("U1", "P1", at(1588615855070), 0, None, "train")
    assert sorted(places(rejects)) == [
        (4, "no user_id"),
        (5, "unknown time"),
        (6, "unknown time"),
        (7, "wrong number of fields"),
    ]


def test_the_benchmark_needs_its_columns(tmp_path: Path) -> None:
    config = amazon_2023_benchmark.write(tmp_path)
    write(tmp_path / "All_Beauty.valid.csv", "user_id,asin,rating,timestamp\nU,P,5,1588615855070\n")
    with pytest.raises(DataError) as caught:
        interactions_of(config, tmp_path)
    assert caught.value.subject.endswith("All_Beauty.valid.csv")
    assert caught.value.expected == "a column 'parent_asin'"


@pytest.mark.parametrize("source", ["reviews", "benchmark"])
def test_times_in_seconds_are_named(tmp_path: Path, source: str) -> None:
    write(tmp_path / "A.jsonl", '{"user_id": "U", "parent_asin": "P", "timestamp": 1588615855}\n' * 3)
    for part in ("train", "valid", "test"):
        write(tmp_path / f"A.{part}.csv", "user_id,parent_asin,rating,timestamp\n" + "U,P,5.0,1588615855\n" * 3)
    with pytest.raises(DataError) as caught:
        interactions_of(Config.model_validate({"category": "A", "source": source}), tmp_path)
    assert "'timestamp' that are seconds" in caught.value.got
    assert caught.value.expected == "milliseconds since 1970"


def test_files(tmp_path: Path) -> None:
    amazon_2023.write(tmp_path)
    amazon_2023_benchmark.write(tmp_path)
    assert [file.name for file in Config().files(tmp_path)] == ["All_Beauty.jsonl.gz", "meta_All_Beauty.jsonl.gz"]
    assert [file.name for file in Config(source="benchmark", metadata=False).files(tmp_path)] == [
        "All_Beauty.train.csv",
        "All_Beauty.valid.csv",
        "All_Beauty.test.csv",
    ]
    assert Config(metadata=False).item_files(tmp_path) == ()


def test_a_part_that_is_missing(tmp_path: Path) -> None:
    config = amazon_2023_benchmark.write(tmp_path)
    (tmp_path / "All_Beauty.valid.csv").unlink()
    with pytest.raises(DataError) as caught:
        config.files(tmp_path)
    assert caught.value.expected == "All_Beauty.valid.csv or All_Beauty.valid.csv.gz"


def test_labels() -> None:
    assert Config().label == "amazon_2023-all_beauty"
    assert Config(source="benchmark").label == "amazon_2023-all_beauty-benchmark"
    assert Config().duplicates == "exact"

"""Tables in the forms that people have: each is read as the plain one, whole and as it grows."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from seqrec.datasets.errors import RejectLog
from seqrec.datasets.parsing.table_files import open_table
from seqrec.datasets.reading import Reading
from seqrec.datasets.table import Config, Events
from seqrec.errors import DataError
from seqrec.ingest.growth import look_at, obstacle
from seqrec.ingest.ingest import Earlier, ingest
from seqrec.ingest.sink import ArrowSink
from tests.seqrec.datasets.files import interactions_of, places, write

N = 60
ROWS = pl.DataFrame(
    {
        "user": [f"u{n // 6}" for n in range(N)],
        "item": [f"i{n * 7 % 11}" for n in range(N)],
        "time": [1_500_000_000 + 1_000 * n for n in range(N)],
    }
)
EXPECTED = list(zip(ROWS["user"], ROWS["item"], strict=True))
COLUMNS = {"user": "user", "item": "item", "time": "time"}

Writer = Callable[[pl.DataFrame], str | bytes]


def _zip(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/rows.csv", frame.write_csv())
    return stream.getvalue()


def _sessions(frame: pl.DataFrame) -> str:
    events = frame.group_by("user", maintain_order=True).agg(pl.struct("item", "time").alias("events"))
    return events.write_ndjson()


def _mongo(frame: pl.DataFrame) -> str:
    return "\n".join(
        json.dumps({"_id": {"$oid": f"{place:024}"}, **row, "time": {"$date": {"$numberLong": f"{row['time']}000"}}})
        for place, row in enumerate(frame.to_dicts())
    )


def _spaced(frame: pl.DataFrame) -> str:
    return "".join(f"{user} {item}\n" for user, item, _ in frame.iter_rows())


def _trailing(frame: pl.DataFrame, n: int) -> str:
    """Return CSV with a comma at the end of every row of `n`, but for those at the end of each ten rows."""
    header, *rows = frame.write_csv(line_terminator="\0").rstrip("\0").split("\0")
    ends = ("," * (place % n == 0 and place % 10 != 9) for place in range(len(rows)))
    return "\n".join([header, *map("".join, zip(rows, ends, strict=True))]) + "\n"


NUMBERED = {"header": False, "user": 0, "item": 1, "time": 2}
FORMS: dict[str, tuple[Writer, dict[str, object]]] = {
    "csv": (lambda frame: frame.write_csv(), {}),
    "semicolons": (lambda frame: frame.write_csv(separator=";"), {}),
    "pipes": (lambda frame: frame.write_csv(separator="|"), {}),
    "two colons": (lambda frame: frame.write_csv(separator=";", include_header=False).replace(";", "::"), NUMBERED),
    "numbers and names": (lambda frame: frame.write_csv(), {"user": 0, "item": "item", "time": 2}),
    "blanks without times": (_spaced, NUMBERED | {"time": "line_order"}),
    "trailing commas": (lambda frame: frame.write_csv().replace("\n", ",\n").replace("time,", "time"), {}),
    "some trailing commas": (lambda frame: _trailing(frame, 3), {}),
    "most trailing commas": (lambda frame: _trailing(frame, 1), {}),
    "trailing commas and line breaks": (lambda frame: _trailing(frame.with_columns(text=pl.lit("1\r\n2,3")), 3), {}),
    "numbers of rows": (lambda frame: frame.with_row_index("").write_csv(), {}),
    "Hive": (lambda frame: frame.write_csv(separator="\x01", include_header=False), NUMBERED),
    "byte order marks": (lambda frame: "\ufeff\ufeff" + frame.write_csv(), {}),
    "SEP": (lambda frame: "SEP=;\r\n" + frame.write_csv(separator=";", line_terminator="\r\n"), {}),
    "sep": (lambda frame: "sep=;\n" + frame.write_csv(separator=";"), {}),
    "comment": (lambda frame: "# made today\n" + frame.write_csv(), {}),
    "utf-16": (lambda frame: frame.write_csv(separator="\t").encode("utf-16"), {}),
    "array": (lambda frame: json.dumps(frame.to_dicts()), {}),
    "array without brackets": (lambda frame: "".join(f"{json.dumps(row)},\n" for row in frame.to_dicts()), {}),
    "pretty array": (lambda frame: json.dumps(frame.to_dicts(), indent=2), {}),
    "pretty records": (lambda frame: "\n".join(json.dumps(row, indent=2) for row in frame.to_dicts()), {}),
    "mongo": (_mongo, {}),
    "sessions": (_sessions, {"item": "events.item", "time": "events.time"}),
    "literals": (lambda frame: "\n".join(map(repr, frame.to_dicts())), {}),
    "gzip": (lambda frame: gzip.compress(frame.write_csv().encode()), {}),
    "bzip2": (lambda frame: bz2.compress(frame.write_csv().encode()), {}),
    "xz": (lambda frame: lzma.compress(frame.write_csv().encode()), {}),
    "zstd": (lambda frame: pa.compress(frame.write_ndjson().encode(), codec="zstd", asbytes=True), {}),
    "zip": (_zip, {}),
}


def config_of(form: str, file: str) -> Config:
    return Config(events=Events(file=file, **(COLUMNS | FORMS[form][1])))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_as_it_is(form: str, tmp_path: Path) -> None:
    write(tmp_path / "rows", FORMS[form][0](ROWS))
    log = RejectLog()
    found = interactions_of(config_of(form, "rows"), tmp_path, log)
    assert found.select("user_id", "item_id").rows() == EXPECTED
    assert log.count == 0
    if "without times" not in form:
        assert found["timestamp"].dt.epoch("s").to_list() == ROWS["time"].to_list()
    assert found["timestamp"].is_sorted()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_grows_by_whole_files(form: str, tmp_path: Path) -> None:
    dataset, sinks = config_of(form, "day=*/rows"), [ArrowSink(), ArrowSink(), ArrowSink()]
    for place, part in enumerate((ROWS[:18], ROWS[18:48])):
        (tmp_path / f"day={place}").mkdir()
        write(tmp_path / f"day={place}" / "rows", FORMS[form][0](part))
    first = ingest(dataset, tmp_path, sinks[0])
    (tmp_path / "day=2").mkdir()
    write(tmp_path / "day=2" / "rows", FORMS[form][0](ROWS[48:]))
    assert obstacle(first.bookmark, look_at(dataset, tmp_path)) is None
    grown = ingest(dataset, tmp_path, sinks[1], earlier=Earlier(first.bookmark, sinks[0]))
    whole = ingest(dataset, tmp_path, sinks[2])
    assert sinks[1].tables["interactions"].equals(sinks[2].tables["interactions"])
    assert grown == whole
    assert whole.quality.parts.n_files == 3
    assert whole.quality.has_times == ("without times" not in form)
    found = pl.DataFrame(sinks[2].tables["interactions"])
    assert found.select("user_id", "item_id").rows() == EXPECTED
    assert found["timestamp"].is_sorted()


BY_LINE = ["csv", "semicolons", "pipes", "two colons", "numbers and names", "trailing commas", "sep", "comment"]
BY_LINE += ["pretty array", "pretty records", "mongo", "sessions", "literals"]
"""Forms whose text may have one more line, which is no row."""


@pytest.mark.parametrize("form", BY_LINE)
def test_a_bad_line_costs_no_form_more_than_itself(form: str, tmp_path: Path) -> None:
    raw = FORMS[form][0](ROWS)
    text = raw.encode() if isinstance(raw, str) else raw
    write(tmp_path / "rows", text.rstrip(b"]\n") + b"\n\xff broken\n" + b"]" * text.endswith(b"]"))
    log = RejectLog()
    found = interactions_of(config_of(form, "rows"), tmp_path, log)
    assert found.select("user_id", "item_id").rows() == EXPECTED
    assert [reason for _, reason in places(log)] == ["not UTF-8"]


def test_a_file_in_an_archive_of_several(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ml.zip", "w") as archive:
        archive.writestr("ml/rows.csv", ROWS.write_csv())
        archive.writestr("ml/README", "Read me.")
    with pytest.raises(DataError, match=r"ml/rows\.csv, ml/README") as caught:
        interactions_of(config_of("csv", "ml.zip"), tmp_path)
    assert "ml.zip/ml/rows.csv" in caught.value.remedy
    dataset = config_of("csv", "ml.zip/ml/rows.csv")
    assert interactions_of(dataset, tmp_path).height == N
    assert [file.name for file in look_at(dataset, tmp_path).events] == ["ml.zip"]
    with pytest.raises(DataError, match=r"ml/rows\.csv, ml/README"):
        interactions_of(config_of("csv", "ml.zip/rows.csv"), tmp_path)


def test_a_zip_with_a_password_is_told(tmp_path: Path) -> None:
    raw = bytearray(_zip(ROWS))
    for place in (6, raw.index(b"PK\x01\x02") + 8):
        raw[place] |= 1
    write(tmp_path / "a.zip", bytes(raw))
    with pytest.raises(DataError, match="encrypted"):
        interactions_of(config_of("csv", "a.zip"), tmp_path)


def test_folders_give_columns_and_empty_parts_are_counted(tmp_path: Path) -> None:
    for name, text in {
        "user=a%2Fb/1.csv": "item,time\ni,1\nj,2\n",
        "user=c/1.csv": "item,time\nk,3\n,4\n",
        "user=c/2.csv": "",
        "user=c/3.csv.gz": "",
        "user=c/_SUCCESS": "",
        "user=c/.1.csv.crc": "x",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, text)
    dataset, sink = Config(events=Events(file="user=*/*", **COLUMNS)), ArrowSink()
    quality = ingest(dataset, tmp_path, sink).quality
    found = pl.DataFrame(sink.tables["interactions"]).select("user_id", "item_id").rows()
    assert found == [("a/b", "i"), ("a/b", "j"), ("c", "k")]
    assert quality.set_aside == {"no item": 1}
    assert pl.DataFrame(sink.tables["rejects"])["file"].to_list() == ["user=c/1.csv"]
    assert quality.parts.n_files == 4
    assert quality.parts.empty == ("user=c/2.csv", "user=c/3.csv.gz")


def test_a_folder_without_a_value_gives_nulls(tmp_path: Path) -> None:
    folder = tmp_path / "day=__HIVE_DEFAULT_PARTITION__" / "item=x"
    folder.mkdir(parents=True)
    table = open_table(Reading(write(folder / "1.csv", "user,item\nu,i\n")))
    assert list(table.columns) == ["user", "item", "day"]
    (frame,) = table.rows({"day": "day", "item": "item"})
    assert frame.rows() == [(2, None, "i")]


def test_a_first_row_is_not_taken_for_names_in_silence(tmp_path: Path) -> None:
    write(tmp_path / "rows", ROWS.write_csv(include_header=False))
    with pytest.raises(DataError, match="the names u0, i0, 1500000000 in the first line") as caught:
        interactions_of(Config(events=Events(file="rows", **(NUMBERED | {"header": True}))), tmp_path)
    assert "header = false" in caught.value.remedy


def test_a_table_by_columns_is_refused(tmp_path: Path) -> None:
    columns = {name: dict(enumerate(ROWS[name].to_list())) for name in ROWS.columns}
    write(tmp_path / "rows", json.dumps(columns))
    with pytest.raises(DataError, match="one object of the columns user, item, time") as caught:
        interactions_of(config_of("array", "rows"), tmp_path)
    assert 'orient="records"' in caught.value.remedy


def test_a_tar_archive_is_no_table(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "rows.tar.gz", "w:gz") as archive:
        archive.add(write(tmp_path / "rows", ROWS.write_csv()), "rows")
    with pytest.raises(DataError, match="a tar archive"):
        interactions_of(config_of("csv", "rows.tar.gz"), tmp_path)
    assert interactions_of(config_of("csv", "rows.tar.gz/rows"), tmp_path).height == N


def test_numbers_with_a_decimal_comma(tmp_path: Path) -> None:
    texts = ["4,5", "0,25", " 3,0 ", "1,234", "1.234,5", "7"] * 10
    frame = ROWS.with_columns(pl.Series("stars", texts), time=pl.col("time").cast(pl.String) + ",5")
    write(tmp_path / "rows", frame.write_csv(separator=";"))
    found = interactions_of(Config(events=Events(file="rows", value="stars", **COLUMNS)), tmp_path)
    # Three digits may be thousands.
    assert found["value"].to_list() == [4.5, 0.25, 3.0, None, None, 7.0] * 10
    assert found["timestamp"].dt.epoch("ms").to_list() == [1_000 * time + 500 for time in ROWS["time"]]


def test_a_number_beyond_the_columns(tmp_path: Path) -> None:
    write(tmp_path / "rows", ROWS.write_csv())
    with pytest.raises(DataError, match="a column with the number 3") as caught:
        interactions_of(Config(events=Events(file="rows", **(COLUMNS | {"time": 3}))), tmp_path)
    assert "dataset.events.time" in caught.value.remedy
    assert "counted from 0" in caught.value.remedy


@pytest.mark.parametrize(
    "settings",
    [
        {"delimiter": "::", "quote": "'"},
        {"delimiter": "blanks", "quote": '"'},
        {"delimiter": ";", "quote": ";"},
        {"delimiter": "a\nb"},
        {"encoding": "klingon"},
        {"encoding": "base64"},
        {"user": -1},
    ],
)
def test_settings_that_can_not_be(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Events(**settings)

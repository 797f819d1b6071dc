"""The contract of every reader: a new one needs its line in `DATASETS` and a small dump in `dumps`."""

import gzip
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from seqrec.config import name_of
from seqrec.datasets import DATASETS, AnyDataset
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.tables import canonical_interactions, canonical_items
from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.datasets.canonical.times import MAX_TIME_S
from seqrec.datasets.errors import RejectLog
from seqrec.errors import DataError, SeqrecError
from seqrec.ingest.step import Step
from seqrec.schema import INTERACTIONS, ITEMS, PARTS
from tests.seqrec.datasets import dumps
from tests.seqrec.datasets.mutations import byte_damage, line_damage, record_damage, repacked, unpacked

NAMES = [module.name for module in pkgutil.iter_modules(dumps.__path__)]
"""Every reader, some of them in a second form."""
WITH_FILES = [name for name in NAMES if name != "demo"]

fuzzed = settings(max_examples=25)


@dataclass(frozen=True)
class Outcome:
    """The result of reading a dump."""

    interactions: pa.Table
    items: pa.Table
    rejects: RejectLog
    n_read: int

    def same_as(self, other: "Outcome") -> bool:
        """Return whether both are equal, including rejected lines."""
        return (
            self.interactions.equals(other.interactions)
            and self.items.equals(other.items)
            and self.rejects.rows == other.rejects.rows
        )


def dump(name: str) -> ModuleType:
    return import_module(f"{dumps.__name__}.{name}")


def read(config: DatasetConfig, folder: Path) -> Outcome:
    """Read a dump as an ingest does, and check all invariants."""
    step = Step()
    events = step.read(config.event_files(folder), config.interactions)
    interactions = pa.Table.from_batches(canonical_interactions(events), schema=INTERACTIONS)
    products = step.read(config.item_files(folder), config.items)
    items = pa.Table.from_batches(canonical_items(products), schema=ITEMS)
    check(interactions, items)
    assert step.n_read == interactions.num_rows + items.num_rows + step.log.count
    return Outcome(interactions, items, step.log, step.n_read)


def check(interactions: pa.Table, items: pa.Table) -> None:
    """Check that the canonical tables satisfy their schemas."""
    events, products = pl.DataFrame(interactions), pl.DataFrame(items)
    assert events["position"].to_list() == list(range(events.height))
    assert not events.select(pl.col("user_id", "item_id").str.strip_chars() == "").to_numpy().any()
    assert events["timestamp"].dt.epoch("us").is_between(0, MAX_TIME_S * US_PER_S).all()
    assert events["value"].drop_nulls().is_finite().all()
    assert set(events["part"].drop_nulls()) <= set(PARTS)
    assert products["item_id"].n_unique() == products.height
    assert "" not in products["title"].to_list()


@cache
def pristine(name: str) -> tuple[DatasetConfig, dict[str, bytes]]:
    """Return the configuration of a small dump, and its files."""
    with TemporaryDirectory() as folder:
        config = dump(name).write(Path(folder))
        return config, {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file()
        }


def lay_out(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def test_every_reader_has_a_small_dump() -> None:
    assert {name_of(config) for config in DATASETS} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_counts(name: str, tmp_path: Path) -> None:
    config = dump(name).write(tmp_path)
    reading = read(config, tmp_path)
    found = (reading.interactions.num_rows, reading.items.num_rows, reading.rejects.count)
    assert found == (dump(name).N_INTERACTIONS, dump(name).N_ITEMS, dump(name).N_SET_ASIDE)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_files_give_the_same_tables(name: str, tmp_path: Path) -> None:
    config = dump(name).write(tmp_path)
    assert read(config, tmp_path).same_as(read(config, tmp_path))


@pytest.mark.parametrize("name", NAMES)
def test_configuration(name: str, tmp_path: Path) -> None:
    config = dump(name).write(tmp_path)
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", config.label)
    assert TypeAdapter(AnyDataset).validate_json(config.model_dump_json()) == config
    files = config.files(tmp_path)
    assert {file.relative_to(tmp_path).as_posix() for file in files} == set(pristine(name)[1])
    assert len(set(files)) == len(files)


@pytest.mark.parametrize("name", WITH_FILES)
def test_no_folder_and_an_empty_one(name: str, tmp_path: Path) -> None:
    config, _ = pristine(name)
    for data in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DataError) as caught:
            config.files(data)
        assert caught.value.subject == str(data)


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_missing_file(name: str, tmp_path: Path) -> None:
    config, files = pristine(name)
    for missing in files:
        lay_out(tmp_path, files)
        (tmp_path / missing).unlink()
        with pytest.raises(DataError) as caught:
            config.files(tmp_path)
        assert Path(missing).name in caught.value.expected


@pytest.mark.parametrize("name", WITH_FILES)
@pytest.mark.parametrize("data", [b"", gzip.compress(b""), b"\n\n", b"\xef\xbb\xbf"], ids=["0", "gz", "blank", "bom"])
def test_an_empty_file(name: str, data: bytes, tmp_path: Path) -> None:
    config, files = pristine(name)
    for empty in files:
        lay_out(tmp_path, files | {empty: data})
        with pytest.raises(DataError) as caught:
            read(config, tmp_path)
        assert caught.value.subject == str(tmp_path / empty)


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_file_cut_short(name: str, tmp_path: Path) -> None:
    config, files = pristine(name)
    for cut, data in files.items():
        whole = data if data.startswith(b"PAR1") else gzip.compress(unpacked(data))
        lay_out(tmp_path, files | {cut: whole[:-10]})
        with pytest.raises(DataError) as caught:
            read(config, tmp_path)
        assert caught.value.subject == str(tmp_path / cut)


@pytest.mark.parametrize("name", WITH_FILES)
@fuzzed
@given(data=st.data())
def test_a_damaged_text_is_reported_or_set_aside(name: str, data: st.DataObject) -> None:
    config, files = pristine(name)
    target = data.draw(st.sampled_from(sorted(files)), label="file")
    damage = data.draw(byte_damage() | line_damage() | record_damage())
    text = damage(unpacked(files[target]))
    with TemporaryDirectory() as folder:
        lay_out(Path(folder), files | {target: repacked(text, files[target])})
        reading = read_unless_told(config, Path(folder))
    if reading is not None and all(unpacked(file).startswith(b"{") for file in files.values()):
        others = [unpacked(file) for name, file in files.items() if name != target]
        n_lines = sum(bool(line.strip()) for file in (text, *others) for line in file.split(b"\n"))
        assert reading.n_read == n_lines


@pytest.mark.parametrize("name", WITH_FILES)
@fuzzed
@given(data=st.data())
def test_a_damaged_file_is_reported_or_set_aside(name: str, data: st.DataObject) -> None:
    config, files = pristine(name)
    target = data.draw(st.sampled_from(sorted(files)), label="file")
    damage = data.draw(byte_damage())
    with TemporaryDirectory() as folder:
        lay_out(Path(folder), files | {target: damage(files[target])})
        read_unless_told(config, Path(folder))


def read_unless_told(config: DatasetConfig, folder: Path) -> Outcome | None:
    """Read a damaged dump and check all invariants; return None if the damage was reported as an error."""
    try:
        return read(config, folder)
    except SeqrecError:
        return None

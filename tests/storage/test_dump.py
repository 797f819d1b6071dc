"""A dump that grows, ingested step by step, against the same dump ingested at once."""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import Mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.datasets import errors as rejects_module
from seqrec.datasets import table as table_module
from seqrec.datasets.amazon_2018 import Config as Config2018
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.parsing import unread
from seqrec.datasets.parsing.blocks import BOM, Block
from seqrec.datasets.parsing.lines import Span
from seqrec.datasets.parsing.table_files import open_table
from seqrec.datasets.table import Catalogue, Config
from seqrec.errors import DataError, SeqrecError
from storage import dump as dump_module
from storage import store as store_module
from storage.earlier import Earlier
from tests.seqrec.datasets.mutations import unpacked
from tests.seqrec.datasets.test_contract import WITH_FILES, lay_out, pristine
from tests.shared_data import shared_data
from tests.storage.growing import (
    GROWING,
    HEADER,
    NEW,
    OLD,
    STILL,
    WITH_LINES,
    Ingested,
    growing_dump,
    growing_name,
    ingest,
    orders,
    packed,
    table,
)


def test_every_reader_grows_or_is_known_not_to() -> None:
    assert {name for name in WITH_FILES if growing_name(*pristine(name)) is None} == STILL
    assert [name for name, file in GROWING.items() if file is None] == ["yelp_tar"]


JUNK = [b"", b"  ", b"{}", b"null", b'{"a": 1', b"a,b,c,d,e", b'"open', b"\t\t", b"\xff\xfe", b"{'a': 1}", b"x\r"]


@pytest.mark.parametrize("name", WITH_LINES)
@settings(max_examples=8)
@given(data=st.data())
def test_step_by_step_gives_what_reading_at_once_gives(name: str, data: st.DataObject) -> None:
    config, files = growing_dump(name)
    config = config.model_copy(update={"duplicates": data.draw(st.sampled_from(["keep", "exact", "pair"]))})
    target = WITH_LINES[name]
    head, *known = unpacked(files[target]).split(b"\n")[:-1]
    # A file with a byte order mark that was put behind another one, which makes its first line a bad one.
    marked = [BOM + line for line in known[:1]]
    lines = [head, *data.draw(st.lists(st.sampled_from(known) | st.sampled_from([*marked, *JUNK]), max_size=14))]
    cuts = sorted(data.draw(st.lists(st.integers(1, len(lines)), min_size=1, max_size=3), label="cuts"))
    gzipped = data.draw(st.booleans(), label="gzipped")
    bounds = [0, *cuts, len(lines)]
    parts = [b"".join(line + b"\n" for line in lines[a:b]) for a, b in pairwise(bounds)]
    with TemporaryDirectory() as temporary, pytest.MonkeyPatch.context() as patch:
        # Nobody pulls the plug in this test, and most of its time would go into waiting for the disk.
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(rejects_module, "MIN_TOLERATED", data.draw(st.sampled_from([2, 100]), label="tolerated"))
        root = Path(temporary)
        lay_out(root / "data", files)
        outcomes: list[Ingested | str] = []
        for n_parts in range(1, len(parts) + 1):
            (root / "data" / target).write_bytes(packed(parts[:n_parts], gzipped=gzipped))
            outcomes.append(outcome(root / "steps", config, root / "data"))
        at_once = outcome(root / "fresh", config, root / "data")
        if isinstance(at_once, str):
            assert outcomes[-1] == at_once
        else:
            assert isinstance(outcomes[-1], Ingested)
            assert outcomes[-1].same_as(at_once)


def outcome(root: Path, config: DatasetConfig, data: Path) -> Ingested | str:
    try:
        return ingest(root, config, data)
    except SeqrecError as error:
        return error.subject


@pytest.mark.parametrize("name", WITH_LINES)
@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
def test_old_bytes_are_not_parsed_again(
    name: str, gzipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, files = growing_dump(name)
    target = WITH_LINES[name]
    lines = unpacked(files[target]).splitlines(keepends=True)
    old, new = b"".join(lines), b"".join(lines[-2:])
    lay_out(tmp_path, files | {target: packed([old], gzipped=gzipped)})
    ingest(tmp_path / "store", config, tmp_path)
    (tmp_path / target).write_bytes(packed([old, new], gzipped=gzipped))
    fresh = ingest(tmp_path / "fresh", config, tmp_path)
    read = watch_blocks(monkeypatch)
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert isinstance(grown.older, Earlier)
    # The first batch of the file as it is now tells whether its unit of time is still the same.
    assert read == [(Path(target).name, 1, old + new), (Path(target).name, len(lines) + 1, new)]
    assert grown.same_as(fresh)


def watch_blocks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, bytes]]:
    """Every block that a reader parses from now on."""
    read, real = [], unread.read_blocks

    def watched(path: Path, block_bytes: int, span: Span) -> Iterator[Block]:
        for block in real(path, block_bytes, span):
            read.append((path.name, block.first_line, block.data))
            yield block

    monkeypatch.setattr(unread, "read_blocks", watched)
    return read


def test_one_more_file_per_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = table("orders-*.parquet", duplicates="pair")
    for night, users in ((1, ["a", "", "b"]), (2, ["a", "c"])):
        orders(tmp_path, night, users)
    ingest(tmp_path / "store", config, tmp_path)
    orders(tmp_path, 3, ["", "d", "b"])
    fresh = ingest(tmp_path / "fresh", config, tmp_path)
    opened = []
    monkeypatch.setattr(
        table_module, "open_table", lambda path, *a, **k: opened.append(path.name) or open_table(path, *a, **k)
    )
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert isinstance(grown.older, Earlier)
    assert opened == ["orders-3.parquet"]
    assert grown.same_as(fresh)
    rejects = pl.read_parquet(grown.artifact.path / "rejects.parquet")
    assert rejects.select("file", "line", "reason").rows() == [
        ("orders-1.parquet", 2, "no user"),
        ("orders-3.parquet", 1, "no user"),
        ("interactions", 2, "duplicate interaction"),
        ("interactions", 5, "duplicate interaction"),
    ]


def test_a_text_file_grows_and_another_follows(tmp_path: Path) -> None:
    config = table("*.csv")
    (tmp_path / "a.csv").write_text(OLD)
    (tmp_path / "b.csv").write_text(OLD)
    ingest(tmp_path / "store", config, tmp_path)
    (tmp_path / "b.csv").write_text(OLD + NEW)
    (tmp_path / "c.csv").write_text(HEADER + NEW)
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.same_as(ingest(tmp_path / "fresh", config, tmp_path))


def test_an_earlier_visit_takes_the_place_of_one_read_before(tmp_path: Path) -> None:
    config = table(duplicates="pair")
    (tmp_path / "events.csv").write_text(OLD + "u1,i1,1365984001\n")
    ingest(tmp_path / "store", config, tmp_path)
    (tmp_path / "events.csv").write_text(OLD + "u1,i1,1365984001\n" + "u1,i1,1365980000\n" + NEW)
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.same_as(ingest(tmp_path / "fresh", config, tmp_path))
    events = pl.read_parquet(grown.artifact.path / "interactions.parquet")
    assert events["position"].to_list() == [1, 2, 4, 5, 6]


def with_items(folder: Path, text: str) -> Config:
    (folder / "items.csv").write_text(text)
    return table(catalogue=Catalogue(file="items.csv", title="title"))


ITEMS = "item_id,title\ni1,<b>Pen</b>\n,lost\n"


@pytest.mark.parametrize("now", [ITEMS, f"{ITEMS}i3,<i>Ink</i>\n,lost too\n"], ids=["same", "grown"])
def test_items_are_those_of_the_present_dump(now: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = with_items(tmp_path, ITEMS)
    (tmp_path / "events.csv").write_text(OLD)
    ingest(tmp_path / "store", config, tmp_path)
    with_items(tmp_path, now)
    (tmp_path / "events.csv").write_text(OLD + "u3,i3,soon\n" + NEW)
    fresh = ingest(tmp_path / "fresh", config, tmp_path)
    read = watch_blocks(monkeypatch)
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.same_as(fresh)
    assert ("items.csv" in {name for name, *_ in read}) == (now != ITEMS)


def test_a_file_of_both_interactions_and_items(tmp_path: Path) -> None:
    config = table(catalogue=Catalogue(file="events.csv"))
    (tmp_path / "events.csv").write_text(OLD)
    ingest(tmp_path / "store", config, tmp_path)
    (tmp_path / "events.csv").write_text(OLD + NEW)
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.artifact.facts["items"] == 3
    assert grown.same_as(ingest(tmp_path / "fresh", config, tmp_path))


def test_bad_lines_of_both_parts_count_together(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(OLD + "u,,1365984000\n" * 60)
    ingest(tmp_path / "store", table(), tmp_path)
    (tmp_path / "events.csv").write_text(OLD + "u,,1365984000\n" * 100)
    with pytest.raises(DataError) as caught:
        ingest(tmp_path / "store", table(), tmp_path)
    assert "101 bad of 104 read, the first at line 4 (no readable time)" in caught.value.got
    # What was there before is there still.
    (tmp_path / "events.csv").write_text(OLD + "u,,1365984000\n" * 60 + NEW)
    grown = ingest(tmp_path / "store", table(), tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.same_as(ingest(tmp_path / "fresh", table(), tmp_path))


def test_what_is_added_while_a_file_is_read_is_left_for_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "events.csv", dump_module.find_earlier
    path.write_text(OLD)

    def meanwhile(*arguments: Any) -> Earlier | str | None:
        with path.open("a") as file:
            file.write("u7,i7,13659")
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(dump_module, "find_earlier", meanwhile)
        first = ingest(tmp_path / "store", table(), tmp_path)
    assert first.artifact.facts["interactions"] == 3
    path.write_text(OLD + "u7,i7,1365984999\n")
    grown = ingest(tmp_path / "store", table(), tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.same_as(ingest(tmp_path / "fresh", table(), tmp_path))


@pytest.mark.parametrize("place", ["write_interactions", "write_quality", "write_bookmark"])
def test_a_kill_leaves_nothing_half_made(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "events.csv").write_text(OLD)
    ingest(tmp_path / "store", table(), tmp_path)
    (tmp_path / "events.csv").write_text(OLD + NEW)
    with monkeypatch.context() as patch:
        patch.setattr(dump_module, place, Mock(side_effect=KeyboardInterrupt))
        # Who is killed cleans nothing up.
        patch.setattr(store_module, "discard", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            ingest(tmp_path / "store", table(), tmp_path)
    assert len(list((tmp_path / "store" / ".making").iterdir())) == 1
    assert len(list((tmp_path / "store" / "dump").iterdir())) == 1
    grown = ingest(tmp_path / "store", table(), tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.same_as(ingest(tmp_path / "fresh", table(), tmp_path))


def test_the_real_gift_cards_in_three_nights(tmp_path: Path) -> None:
    config = Config2018(category="Gift_Cards")
    real = shared_data("amazon_2018")
    lines = unpacked((real / "Gift_Cards_5.json.gz").read_bytes()).splitlines(keepends=True)
    (tmp_path / "meta_Gift_Cards.json.gz").symlink_to(real / "meta_Gift_Cards.json.gz")
    nights = [b"".join(lines[a:b]) for a, b in pairwise([0, 1_200, 2_500, len(lines)])]
    for n_nights in (1, 2, 3):
        (tmp_path / "Gift_Cards_5.json.gz").write_bytes(packed(nights[:n_nights], gzipped=True))
        grown = ingest(tmp_path / "store", config, tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.artifact.facts["interactions"] == 2_969
    assert grown.same_as(ingest(tmp_path / "fresh", config, tmp_path))

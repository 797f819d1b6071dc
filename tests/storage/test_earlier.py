"""Which older dump is read on from, and what is said where none can be."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seqrec.datasets.base import DatasetConfig
from storage.earlier import Earlier
from tests.seqrec.datasets.mutations import unpacked
from tests.seqrec.datasets.test_contract import lay_out, pristine
from tests.storage.growing import (
    HEADER,
    NEW,
    OLD,
    STILL,
    ingest,
    orders,
    table,
)


def reason(root: Path, config: DatasetConfig, data: Path) -> str:
    """Why an ingest read everything anew; its result is that of one that never saw the older dump."""
    anew = ingest(root / "store", config, data)
    assert isinstance(anew.older, str)
    assert anew.same_as(ingest(root / "fresh", config, data))
    return anew.older


@pytest.mark.parametrize(
    ("old", "now", "why"),
    [
        (OLD, HEADER + NEW + OLD.removeprefix(HEADER), "events.csv no longer begins with what was read before"),
        (OLD, OLD.replace("u1,i1", "u9,i1", 1) + NEW, "events.csv no longer begins with what was read before"),
        (OLD, OLD.removesuffix("u2,i1,1365984300\n"), "events.csv is shorter than it was"),
        (OLD.removesuffix("\n"), f"{OLD}{NEW}", "events.csv ended inside of a line when it was read before"),
        (OLD.removesuffix("00\n"), f"{OLD}{NEW}", "events.csv ended inside of a line when it was read before"),
        (gzip.compress(OLD.encode()), gzip.compress((OLD + NEW).encode()), "(was it sorted, or compressed anew?)"),
        (gzip.compress(OLD.encode()), gzip.compress(OLD.encode()) + bytes(9), "not compressed as the rest is"),
        (OLD, OLD.encode() + gzip.compress(b"u3,i3,1365984400"), "not compressed as the rest is"),
        (
            OLD,
            OLD + "".join(f"u{n},i1,{1365984000000 + n}\n" for n in range(9)),
            "the first times of events.csv now look like 'ms' and not like 's'",
        ),
    ],
    ids=["sorted", "changed", "shorter", "no end", "half a line", "recompressed", "padded", "mixed", "unit"],
)
def test_what_cannot_be_read_on(old: str | bytes, now: str | bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_bytes(old.encode() if isinstance(old, str) else old)
    ingest(tmp_path / "store", table(), tmp_path)
    (tmp_path / "events.csv").write_bytes(now.encode() if isinstance(now, str) else now)
    assert why in reason(tmp_path, table(), tmp_path)


def test_a_first_ingest_has_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(OLD)
    assert ingest(tmp_path, table(), tmp_path).older is None
    # Neither has one of the same bytes, or of another configuration.
    assert ingest(tmp_path, table(), tmp_path).older is None
    (tmp_path / "events.csv").write_text(OLD + NEW)
    assert ingest(tmp_path, table(duplicates="exact"), tmp_path).older is None


@pytest.mark.parametrize("name", sorted(STILL))
def test_dumps_whose_new_rows_cannot_be_told(name: str, tmp_path: Path) -> None:
    config, files = pristine(name)
    lay_out(tmp_path, files)
    ingest(tmp_path / "store", config, tmp_path)
    target = next(iter(files))
    changed = gzip.compress(unpacked(files[target]), compresslevel=1, mtime=1)
    (tmp_path / target).write_bytes(changed)
    assert reason(tmp_path, config, tmp_path) == "what is new in a dump of this form can't be told"


@pytest.mark.parametrize("name", ["amazon_2023_benchmark", "delivery_hero_dhrd"])
def test_only_the_last_of_several_files_may_have_grown(name: str, tmp_path: Path) -> None:
    config, files = pristine(name)
    lay_out(tmp_path, files)
    ingest(tmp_path / "store", config, tmp_path)
    first, *_, last = config.growing(tmp_path)
    first.write_bytes(first.read_bytes() + first.read_bytes().splitlines(keepends=True)[-1])
    assert reason(tmp_path, config, tmp_path) == f"{first.name} has grown, but {last.name} comes after it"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda folder: orders(folder, 1, ["z"]), "orders-1.parquet is new and comes before orders-2.parquet"),
        (lambda folder: (folder / "orders-2.parquet").unlink(), "orders-2.parquet is gone"),
        (lambda folder: orders(folder, 2, ["a", "b"]), "orders-2.parquet is shorter than it was"),
        (
            lambda folder: orders(folder, 3, list("abcdefg")),
            "orders-3.parquet no longer begins with what was read before",
        ),
    ],
    ids=["before", "gone", "other rows", "more rows"],
)
def test_files_that_do_not_come_after_the_old_ones(change: Callable[[Path], object], why: str, tmp_path: Path) -> None:
    config = table("orders-*.parquet")
    orders(tmp_path, 2, ["a", "b", "c" * 99])
    orders(tmp_path, 3, ["a", "c"])
    ingest(tmp_path / "store", config, tmp_path)
    change(tmp_path)
    assert reason(tmp_path, config, tmp_path).startswith(why)


def test_of_two_older_dumps_the_longer_one_is_read_on(tmp_path: Path) -> None:
    for text in (OLD, OLD + NEW, OLD + NEW.replace("u3", "u4")):
        (tmp_path / "events.csv").write_text(text)
        ingest(tmp_path / "store", table(), tmp_path)
    (tmp_path / "events.csv").write_text(OLD + NEW + NEW)
    grown = ingest(tmp_path / "store", table(), tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.older.bookmark.n_bytes == len(OLD + NEW)
    assert grown.same_as(ingest(tmp_path / "fresh", table(), tmp_path))


def test_an_older_dump_that_is_damaged_or_gone(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(OLD)
    old = ingest(tmp_path / "store", table(), tmp_path).artifact.path
    table_file = old / "interactions.parquet"
    table_file.write_bytes(table_file.read_bytes()[:-9] + b"other" + table_file.read_bytes()[-4:])
    (tmp_path / "events.csv").write_text(OLD + NEW)
    assert reason(tmp_path, table(), tmp_path).startswith("what is kept of the earlier one is damaged (")
    shutil.rmtree(old)
    (tmp_path / "events.csv").write_text(OLD + NEW + NEW)
    assert isinstance(ingest(tmp_path / "store", table(), tmp_path).older, Earlier)
    shutil.rmtree(tmp_path / "store" / "dump")
    (tmp_path / "events.csv").write_text(OLD + NEW + NEW + NEW)
    assert ingest(tmp_path / "store", table(), tmp_path).older is None


def flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    file.write_bytes(raw)


def forget(folder: Path) -> None:
    """An artifact of a dump in which nothing was marked."""
    (folder / "bookmark.json").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"]["bookmark.json"]
    (folder / "manifest.json").write_text(json.dumps(manifest))


UNFIT = {
    "manifest": (lambda folder: (folder / "manifest.json").write_text("[]"), None),
    "size": (lambda folder: (folder / "items.parquet").write_bytes(b""), "items.parquet)"),
    "content": (lambda folder: flip(folder / "interactions.parquet"), "interactions.parquet)"),
    "gone": (lambda folder: (folder / "bookmark.json").unlink(), "bookmark.json)"),
    "no bookmark": (forget, "what is new in a dump of this form can't be told"),
}


@pytest.mark.parametrize(("spoil", "why"), UNFIT.values(), ids=UNFIT)
def test_an_unfit_dump_stands_in_the_way_of_no_other(
    spoil: Callable[[Path], object], why: str | None, tmp_path: Path
) -> None:
    made = []
    for text in (OLD, OLD + NEW):
        (tmp_path / "events.csv").write_text(text)
        made.append(ingest(tmp_path / "store", table(), tmp_path).artifact.path)
    shorter, longer = made
    spoil(longer)
    (tmp_path / "events.csv").write_text(OLD + NEW + NEW)
    grown = ingest(tmp_path / "store", table(), tmp_path)
    assert isinstance(grown.older, Earlier)
    assert grown.older.folder == shorter
    assert grown.same_as(ingest(tmp_path / "fresh", table(), tmp_path))
    shutil.rmtree(grown.artifact.path)
    shutil.rmtree(shorter)
    older = ingest(tmp_path / "store", table(), tmp_path).older
    assert older is None if why is None else str(older).endswith(why)

"""What may be read on and what not, by hand; `tests/storage/test_dump.py` has the tables that come of it."""

import gzip
import hashlib
from pathlib import Path

import pytest

from seqrec.datasets.bookmark import Bookmark, DumpFiles, Stamp, look_at
from seqrec.datasets.counters import Account, FileTally
from seqrec.datasets.growth import beginnings, obstacle, other_unit, spans_of
from seqrec.datasets.parsing.lines import Span
from seqrec.datasets.table import Catalogue, Config, Events
from seqrec.digest import digest_of_bytes

NOTHING = Account({}, {}, {}, 0)
CONFIG = Config(events=Events(file="*.csv"), catalogue=Catalogue(file="items.txt"))


def lay_out(folder: Path, **texts: bytes) -> DumpFiles:
    """The dump of these CSV files, and of one of items."""
    for old in folder.glob("*.csv"):
        old.unlink()
    (folder / "items.txt").write_bytes(b"item_id\nx\n")
    for name, text in texts.items():
        (folder / f"{name}.csv").write_bytes(text)
    return look_at(CONFIG, folder)


def read(files: DumpFiles, **tallies: FileTally) -> Bookmark:
    """A bookmark at the end of all these files."""
    events = Account({f"{name}.csv": tally for name, tally in tallies.items()}, {}, {}, 0)
    return Bookmark(files.stamps, files.others, events, NOTHING, NOTHING)


def stamped(data: bytes) -> str:
    """The digest of a file of so many bytes, or of its beginning: they are hashed in pieces, of which this is one."""
    return digest_of_bytes(hashlib.sha256(data).digest())


def test_files_as_they_are_now(tmp_path: Path) -> None:
    files = lay_out(tmp_path, b=b"12", a=b"345")
    assert files.growing == (tmp_path / "a.csv", tmp_path / "b.csv")
    assert files.stamps == (Stamp("a.csv", 3, stamped(b"345")), Stamp("b.csv", 2, stamped(b"12")))
    assert files.others == (digest_of_bytes(b"item_id\nx\n"),)
    assert files.digests == [stamped(b"345"), stamped(b"12"), digest_of_bytes(b"item_id\nx\n")]
    assert read(files).n_bytes == 5


LINES = {"a": FileTally(n_lines=2), "b": FileTally(n_lines=2)}
OPEN = {"a": FileTally(n_lines=2), "b": FileTally(n_lines=2, is_open=True)}
A, B = b"1\n2\n", b"3\n4\n"


@pytest.mark.parametrize(
    ("now", "tallies", "why"),
    [
        ({"a": A, "b": B}, OPEN, None),
        ({"a": A, "b": B + b"5"}, LINES, None),
        ({"a": A, "b": B, "c": b"5"}, OPEN, None),
        ({"a": A, "b": B + b"5\n", "c": b"6"}, LINES, None),
        ({"a": A}, LINES, "b.csv is gone"),
        ({"b": B, "c": A}, LINES, "a.csv is gone"),
        ({"_": A, "a": A, "b": B}, LINES, "_.csv is new and comes before a.csv"),
        ({"a": A, "aa": A, "b": B}, LINES, "aa.csv is new and comes before b.csv"),
        ({"a": A, "b": b"3\n"}, LINES, "b.csv is shorter than it was"),
        ({"a": A, "b": b"9\n4\n5\n"}, LINES, "b.csv no longer begins with what was read before (was it"),
        ({"a": b"1\n3\n", "b": B}, LINES, "a.csv no longer begins with what was read before (was it"),
        ({"a": A + b"5\n", "b": B}, LINES, "a.csv has grown, but b.csv comes after it"),
        ({"a": A, "b": B + b"5\n"}, OPEN, "b.csv ended inside of a line when it was read before"),
        ({"a": A, "b": B + b"5\n"}, {"b": FileTally()}, "b.csv has grown, and has no lines to go on with"),
        ({"a": A, "b": B + gzip.compress(b"5\n")}, LINES, "what was added to b.csv is not compressed as the rest is"),
    ],
)
def test_obstacles(now: dict[str, bytes], tallies: dict[str, FileTally], why: str | None, tmp_path: Path) -> None:
    bookmark = read(lay_out(tmp_path, a=A, b=B), **tallies)
    files = lay_out(tmp_path, **now)
    found = obstacle(bookmark, files, beginnings(files, [bookmark]))
    assert found == why if why is None else str(found).startswith(why)


def test_gzip_grows_by_members(tmp_path: Path) -> None:
    old = gzip.compress(A)
    bookmark = read(lay_out(tmp_path, a=old), a=FileTally(n_lines=2))
    for added, why in ((gzip.compress(B), None), (B, "what was added to a.csv is not compressed as the rest is")):
        files = lay_out(tmp_path, a=old + added)
        assert obstacle(bookmark, files, beginnings(files, [bookmark])) == why


def test_beginnings_as_far_as_any_bookmark(tmp_path: Path) -> None:
    files = lay_out(tmp_path, a=b"12345", b=b"67")
    bookmarks = [
        Bookmark(tuple(Stamp(name, size, "?") for name, size in sizes.items()), (), NOTHING, NOTHING, NOTHING)
        for sizes in ({"a.csv": 2}, {"a.csv": 3, "b.csv": 9}, {"a.csv": 5, "gone.csv": 1})
    ]
    assert beginnings(files, bookmarks) == {
        "a.csv": {2: stamped(b"12"), 3: stamped(b"123"), 5: stamped(b"12345")},
        "b.csv": {2: stamped(b"67")},
    }


def test_spans_begin_where_the_bookmark_lies(tmp_path: Path) -> None:
    bookmark = read(lay_out(tmp_path, a=A, b=B), **LINES)
    files = lay_out(tmp_path, a=A, b=B + b"5\n", c=b"6\n")
    a, b, c = files.growing
    assert spans_of(files, bookmark) == {a: Span(4, 3, 4), b: Span(4, 3, 6), c: Span(0, 1, 2)}
    assert spans_of(files, None) == {a: Span(0, 1, 4), b: Span(0, 1, 6), c: Span(0, 1, 2)}
    assert [span.is_empty for span in spans_of(files, bookmark).values()] == [True, False, False]


def test_the_unit_of_time_is_looked_at_only_where_a_file_has_grown(tmp_path: Path) -> None:
    head, old = b"user_id,item_id,timestamp\n", b"u,i,1365984000\n"
    bookmark = read(lay_out(tmp_path, a=head + old), a=FileTally(n_lines=2, time_unit="s"))
    for added, why in (
        (b"", None),
        (old, None),
        (b"u,i,1365984000000\n" * 5, "the first times of a.csv now look like 'ms' and not like 's'"),
    ):
        files = lay_out(tmp_path, a=head + old + added)
        assert other_unit(CONFIG, tmp_path, bookmark, spans_of(files, bookmark)) == why

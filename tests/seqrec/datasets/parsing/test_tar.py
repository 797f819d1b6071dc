import gzip
import io
import random
import tarfile
import tracemalloc
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.parsing import tar as module
from seqrec.datasets.parsing import unpack
from seqrec.datasets.parsing.blocks import first_lines, read_blocks
from seqrec.datasets.parsing.tar import find_member, open_tar_member
from seqrec.datasets.parsing.text import archive_of
from seqrec.errors import DataError

Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    return info, content


def tar(path: Path, members: Iterable[Member], *, form: int = tarfile.PAX_FORMAT, gzipped: bool = False) -> Path:
    with tarfile.open(path, "w:gz" if gzipped else "w", format=form) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def read(path: Path) -> bytes:
    archive = archive_of(path)
    assert archive is not None
    with open_tar_member(archive, path) as file:
        return file.read()


@pytest.mark.parametrize("gzipped", [False, True])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 70_000])
def test_members_of_every_form(tmp_path: Path, form: int, gzipped: bool, size: int) -> None:
    content = random.Random(size).randbytes(size)
    members = [
        member("folder", kind=tarfile.DIRTYPE),
        member("folder/a.json", b"first"),
        member("link", kind=tarfile.SYMTYPE, link="folder/a.json"),
        member("./folder/" + "long" * 20 + "/b.json", content),
        member("c.json", b"last"),
    ]
    archive = tar(tmp_path / "dump.tar", members, form=form, gzipped=gzipped)
    path = find_member(archive, "b.json", "b.json.gz")
    assert path == archive / "folder" / ("long" * 20) / "b.json"
    assert read(path) == content
    assert read(find_member(archive, "c.json")) == b"last"


@given(contents=st.lists(st.binary(max_size=1200), min_size=1, max_size=5), chunk_bytes=st.integers(64, 900))
def test_every_member_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], chunk_bytes: int
) -> None:
    archive = tmp_path_factory.mktemp("tar") / "a.tar"
    tar(archive, [member(f"{i}.json", content) for i, content in enumerate(contents)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK_BYTES", chunk_bytes)
        assert [read(find_member(archive, f"{i}.json")) for i in range(len(contents))] == contents


@given(place=st.integers(0, 5_000), junk=st.binary(min_size=1, max_size=8))
def test_a_damaged_archive_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, junk: bytes
) -> None:
    archive = tar(tmp_path_factory.mktemp("tar") / "a.tar", [member("a", b"x" * 600), member("b.json", b"y" * 600)])
    raw = bytearray(archive.read_bytes())
    raw[place : place + len(junk)] = junk
    archive.write_bytes(raw)
    with suppress(DataError):
        assert len(read(find_member(archive, "b.json"))) <= len(raw)


def test_a_member_is_read_in_blocks_gzipped_or_plain(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar", [member("a.json", b"1\n2\n"), member("b.json.gz", gzip.compress(b"3\n4"))])
    for name, lines in (("a.json", [b"1", b"2"]), ("b.json.gz", [b"3", b"4"])):
        path = find_member(archive, name)
        assert [line for block in read_blocks(path) for _, line in block.lines()] == lines
        assert first_lines(path, 1) == lines[:1]


def test_what_is_packed_inside_of_a_member_is_not_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(b"2\n", mtime=0).replace(b"\n", b" ")
    lines = [b"the first block", packed, b"3"]
    archive = tar(tmp_path / "a.tar", [member("a", b"x"), member("b.json", b"\n".join(lines))])
    blocks = list(read_blocks(find_member(archive, "b.json"), 1))
    assert [line for block in blocks for _, line in block.lines()] == lines
    assert blocks[1].data.startswith(b"\x1f\x8b")


def test_a_file_of_its_own_is_in_no_archive(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar", [member("a.json")])
    assert archive_of(tmp_path / "a.json") is None
    assert archive_of(archive) is None
    assert archive_of(archive / "folder" / "a.json") == archive


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (member("../a.json", b"x"), "climbs out"),
        (member("folder/../../a.json", b"x"), "climbs out"),
        (member("/etc/a.json", b"x"), "an absolute name"),
        (member("a.json", kind=tarfile.SYMTYPE, link="/etc/passwd"), "a link"),
        (member("a.json", kind=tarfile.LNKTYPE, link="b.json"), "a link"),
        (member("a.json", kind=tarfile.CHRTYPE), "a device"),
        (member("a.json", kind=tarfile.FIFOTYPE), "a device"),
        (member("a.json", kind=tarfile.DIRTYPE), "a folder"),
    ],
)
def test_what_is_no_plain_file_is_refused(tmp_path: Path, wanted: Member, fault: str) -> None:
    archive = tar(tmp_path / "a.tar", [member("b.json", b"y"), wanted])
    with pytest.raises(DataError) as caught:
        find_member(archive, "a.json")
    assert caught.value.subject == str(archive)
    assert fault in caught.value.got
    assert wanted[0].name in caught.value.got
    assert "tampered" in caught.value.remedy


def test_nothing_is_written_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    archive = tar(folder / "a.tar", [member("../evil", b"x"), member("/tmp/evil", b"x"), member("a.json", b"1")])
    assert read(find_member(archive, "a.json")) == b"1"
    assert [path.name for path in tmp_path.rglob("*")] == ["data", "a.tar"]


def test_a_missing_member_names_what_is_there(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar", [member(f"{i}.json") for i in range(30)])
    with pytest.raises(DataError) as caught:
        find_member(archive, "a.json", "a.json.gz")
    assert caught.value.got.startswith("an archive that holds 0.json, 1.json")
    assert caught.value.got.endswith("and 18 more")
    assert caught.value.expected == "a.json or a.json.gz"


@pytest.mark.parametrize(
    "raw", [b"no tar at all" * 100, b"short", gzip.compress(b"x")], ids=["long", "short", "gzipped"]
)
def test_what_is_no_archive(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(raw)
    with pytest.raises(DataError, match="no tar archive") as caught:
        find_member(tmp_path / "a.tar", "a.json")
    assert caught.value.subject == str(tmp_path / "a.tar")


@pytest.mark.parametrize("cut", [512, 700, 1100])
def test_an_archive_that_breaks_off(tmp_path: Path, cut: int) -> None:
    archive = tar(tmp_path / "a.tar", [member("a.json", b"x" * 2000), member("b.json")])
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(DataError, match="no tar archive"):
        read(find_member(archive, "a.json"))


def test_damage_behind_the_member_is_found_too(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar", [member("a.json", b"1"), member("b.json", bytes(5000))], gzipped=True)
    raw = bytearray(archive.read_bytes())
    raw[-5] ^= 0xFF
    archive.write_bytes(raw)
    with pytest.raises(DataError, match="a gzip stream that is damaged"):
        read(find_member(archive, "a.json"))


def test_a_size_below_zero(tmp_path: Path) -> None:
    info, _ = member("a")
    info.size = -5
    header = info.tobuf(tarfile.GNU_FORMAT)
    (tmp_path / "a.tar").write_bytes(header + bytes(1024))
    with pytest.raises(DataError, match="a member 'a' of -5 bytes"):
        find_member(tmp_path / "a.tar", "b")


def test_a_size_beyond_all_bounds_takes_neither_memory_nor_time(tmp_path: Path) -> None:
    info, _ = member("a.json")
    info.size = 1 << 60
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    for name in ("a.json", "b.json"):
        with pytest.raises(DataError, match=r"a member 'a\.json' of 1,152,921,504,606,846,976 bytes"):
            find_member(tmp_path / "a.tar", name)


@pytest.mark.parametrize("cut", [300, 512 + 300])
def test_a_header_that_breaks_off(tmp_path: Path, cut: int) -> None:
    archive = tar(tmp_path / "a.tar", [member("a.json", kind=tarfile.DIRTYPE), member("b.json", b"x")])
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(DataError, match="truncated header"):
        find_member(archive, "b.json")


def test_a_damaged_header_does_not_end_the_archive(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar", [member("a.json", b"1"), member("b.json", b"2"), member("c.json", b"3")])
    raw = bytearray(archive.read_bytes())
    raw[1024 + 3] ^= 0xFF
    archive.write_bytes(raw)
    assert read(find_member(archive, "a.json")) == b"1"
    with pytest.raises(DataError, match=r"a damaged one \(bad checksum\)"):
        find_member(archive, "c.json")


def peak_bytes(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        with suppress(DataError):
            work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "kind",
    [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE],
)
def test_a_long_name_or_an_extended_header_fills_no_memory(tmp_path: Path, kind: bytes) -> None:
    bomb = member("a", b"9" * 50_000_000, kind)
    archive = tar(tmp_path / "a.tar", [bomb, member("b.json", b"x")], form=tarfile.USTAR_FORMAT, gzipped=True)
    del bomb
    assert peak_bytes(lambda: find_member(archive, "b.json")) < 20_000_000
    assert read(find_member(archive, "b.json")) == b"x"


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_SPARSE, tarfile.CONTTYPE, b"?"])
def test_sparse_files_and_unknown_kinds_are_refused_by_name(tmp_path: Path, kind: bytes) -> None:
    archive = tmp_path / "a.tar"
    archive.write_bytes(member("a.json", kind=kind)[0].tobuf(tarfile.USTAR_FORMAT) + bytes(1024))
    with pytest.raises(DataError, match="a device, a sparse file or the like"):
        find_member(archive, "a.json")


def test_any_number_of_members_fills_no_memory(tmp_path: Path) -> None:
    header = member("a")[0].tobuf(tarfile.USTAR_FORMAT)
    (tmp_path / "a.tar").write_bytes(gzip.compress(header * 10_000 + bytes(1024)))
    assert peak_bytes(lambda: find_member(tmp_path / "a.tar", "b.json")) < 8_000_000


def test_a_bomb_in_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "FREE_TEXT_BYTES", 1 << 20)
    bomb = gzip.compress(bytes(1 << 23))
    inner = tar(tmp_path / "inner.tar", [member("a.json.gz", bomb)])
    outer = tar(tmp_path / "outer.tar", [member("b.json", bytes(1 << 23)), member("a.json")], gzipped=True)
    with pytest.raises(DataError, match="decompression bomb"):
        list(read_blocks(find_member(inner, "a.json.gz")))
    with pytest.raises(DataError, match="decompression bomb"):
        find_member(outer, "a.json")

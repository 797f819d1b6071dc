import bz2
import gzip
import io
import lzma
import random
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.parsing import unpack as module
from seqrec.datasets.parsing.blocks import read_blocks
from seqrec.datasets.parsing.unpack import FREE_TEXT_BYTES, MAX_RATIO, check_packed, unpack
from seqrec.errors import DataError

FILE = Path("folder/a.json.gz")


class Slow(io.RawIOBase):
    """A file that returns a few bytes at a time."""

    def __init__(self, raw: bytes, size: int) -> None:
        self._stream, self._size = io.BytesIO(raw), size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: memoryview) -> int:
        return self._stream.readinto(memoryview(buffer)[: self._size])


def text_of(raw: bytes, size: int = 1 << 16) -> BinaryIO:
    return unpack(FILE, io.BufferedReader(Slow(raw, size), max(size, 2)))


def inflated_size(raw: bytes, size: int = 1 << 16) -> int:
    text = text_of(raw, size)
    return sum(len(piece) for piece in iter(lambda: text.read(1 << 16), b""))


@given(
    texts=st.lists(st.binary(max_size=50), min_size=1, max_size=4),
    size=st.integers(2, 40),
    piece_bytes=st.integers(1, 40),
    padding=st.integers(0, 30),
)
def test_members_in_any_pieces(texts: list[bytes], size: int, piece_bytes: int, padding: int) -> None:
    raw = b"".join(gzip.compress(text) + bytes(padding) for text in texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE_BYTES", piece_bytes)
        assert text_of(raw, size).read() == b"".join(texts)


@given(
    raw=st.binary(max_size=40).filter(lambda raw: not raw.startswith((b"\x1f\x8b", b"\x28\xb5"))),
    size=st.integers(2, 9),
)
def test_other_bytes_stay(raw: bytes, size: int) -> None:
    assert text_of(raw, size).read() == raw


@given(raw=st.binary(max_size=60), size=st.integers(2, 9))
def test_any_bytes_are_inflated_or_refused(raw: bytes, size: int) -> None:
    with suppress(DataError):
        assert inflated_size(b"\x1f\x8b" + raw, size) <= MAX_RATIO * 62


@given(
    texts=st.lists(st.binary(max_size=50), min_size=1, max_size=3),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=3),
    size=st.integers(2, 40),
    piece_bytes=st.integers(1, 40),
)
def test_a_damaged_stream_gives_the_same_text_or_an_error(
    texts: list[bytes], flips: list[tuple[float, int]], size: int, piece_bytes: int
) -> None:
    raw = bytearray(b"".join(map(gzip.compress, texts)))
    for place, change in flips:
        raw[2 + int(place * (len(raw) - 2))] ^= change
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE_BYTES", piece_bytes)
        try:
            found = text_of(bytes(raw), size).read()
        except DataError:
            found = None
    try:
        expected = gzip.decompress(bytes(raw))
    except (OSError, EOFError, zlib.error):
        # Undefined flags in the header are an error there, but not here.
        assert found in (None, b"".join(texts))
    else:
        assert found == expected


def test_a_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FREE_TEXT_BYTES", 1 << 20)
    monkeypatch.setattr(module, "_PIECE_BYTES", 1 << 16)
    text = text_of(gzip.compress(bytes(1 << 26)))
    sizes: list[int] = []
    with pytest.raises(DataError) as caught:
        sizes.extend(map(len, iter(text.read1, b"")))
    assert 1 << 20 <= sum(sizes) <= MAX_RATIO << 16
    assert caught.value.subject == str(FILE)
    assert "at most 200 times" in caught.value.expected
    assert "unpack it" in caught.value.remedy


def test_the_limit_is_on_the_whole_not_on_a_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FREE_TEXT_BYTES", 1 << 16)
    noise = random.Random(0).randbytes(1 << 14)
    assert inflated_size(gzip.compress(noise + bytes(1 << 20))) == (1 << 14) + (1 << 20)


def test_a_small_file_may_repeat_itself() -> None:
    raw = gzip.compress(b'{"u":"a","i":"b","t":1}\n' * 200_000)
    assert MAX_RATIO * len(raw) < 4_800_000
    assert inflated_size(raw) == 4_800_000 < FREE_TEXT_BYTES


def test_repetitive_but_honest_lines_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interactions in their shortest form pass: few users, few items, regular times, and constant other fields."""
    monkeypatch.setattr(module, "FREE_TEXT_BYTES", 0)
    draw = random.Random(0)
    lines = [
        f'{{"reviewerID": "U{draw.randrange(10)}", "asin": "B{draw.randrange(10)}", "overall": 5.0, '
        f'"reviewText": "{"good " * 20}", "unixReviewTime": {1_365_984_000 + 60 * row}}}\n'
        for row in range(20_000)
    ]
    text = "".join(lines).encode()
    assert inflated_size(gzip.compress(text, 9)) == len(text)


def test_too_much_text_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TEXT_BYTES", 1000)
    raw = random.Random(0).randbytes(1001)
    with pytest.raises(DataError, match="1,001 bytes of text"):
        inflated_size(gzip.compress(raw))
    assert inflated_size(gzip.compress(raw[:1000])) == 1000


def test_a_bomb_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FREE_TEXT_BYTES", 1 << 20)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b"x\n" * (1 << 22)))
    with pytest.raises(DataError, match="decompression bomb") as caught:
        list(read_blocks(tmp_path / "a.json.gz"))
    assert caught.value.subject == str(tmp_path / "a.json.gz")


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_head_with_a_checksum_may_come_in_pieces(cut: int) -> None:
    plain = gzip.compress(b"2\n", mtime=0)
    head = b"\x1f\x8b\x08\x02" + plain[4:10]
    checked = head + (zlib.crc32(head) & 0xFFFF).to_bytes(2, "little") + plain[10:]
    assert gzip.decompress(checked) == b"2\n"
    before = gzip.compress(b"1\n")
    assert text_of(before + checked + before, len(before) + cut).read() == b"1\n2\n1\n"


PACKERS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda text: pa.compress(text, codec="zstd", asbytes=True),
}


def zipped(text: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._t.csv", b"\0")
        archive.writestr("folder/", b"")
        archive.writestr("folder/t.csv", text)
    return stream.getvalue()


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("ending", [*PACKERS, ".zip"])
def test_every_method_is_told_by_content(ending: str, named: bool, tmp_path: Path) -> None:
    text = b"".join(b"%d,line\n" % number for number in range(50_000))
    path = tmp_path / f"a.csv{ending if named else ''}"
    raw = (PACKERS | {".zip": zipped})[ending](text)
    path.write_bytes(raw)
    assert b"".join(block.data for block in read_blocks(path)) == text


@pytest.mark.parametrize("ending", [*PACKERS, ".zip"])
def test_a_file_that_breaks_off(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes((PACKERS | {".zip": zipped})[ending](b"".join(b"%d,line\n" % n for n in range(50_000)))[:-30])
    with pytest.raises(DataError) as caught:
        list(read_blocks(path))
    assert caught.value.subject == str(path)


@pytest.mark.parametrize("ending", [*PACKERS, ".zip"])
def test_flipped_bytes_are_found(ending: str, tmp_path: Path) -> None:
    text = random.Random(0).randbytes(5_000).hex().encode()
    raw = bytearray((PACKERS | {".zip": zipped})[ending](text))
    raw[len(raw) // 2] ^= 0x55
    (tmp_path / f"a{ending}").write_bytes(raw)
    try:
        found = b"".join(block.data for block in read_blocks(tmp_path / f"a{ending}"))
    except DataError:
        return
    # Zstandard has no checksum, unless it is asked for.
    assert ending == ".zst"
    assert found != text


@pytest.mark.parametrize("ending", [".bz2", ".xz", ".zst", ".zip"])
def test_a_bomb_of_every_kind(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FREE_TEXT_BYTES", 1 << 20)
    monkeypatch.setattr(module, "MAX_TEXT_BYTES", 1 << 22)
    (tmp_path / f"a{ending}").write_bytes((PACKERS | {".zip": zipped})[ending](b"x\n" * (1 << 22)))
    with pytest.raises(DataError, match="decompression bomb"):
        list(read_blocks(tmp_path / f"a{ending}"))


@pytest.mark.parametrize(
    "magic", [b"\x1f\x8b", b"\x1f\x8b\x08\x00", b"x\x9c", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"]
)
@pytest.mark.parametrize("rest", [b"", b" junk", b"\0\0\0\0", b"\x4bjunk"])
def test_a_first_line_that_begins_like_a_packed_file(magic: bytes, rest: bytes, tmp_path: Path) -> None:
    lines = b"".join(b'{"a": %d}\n' % number for number in range(2_000))
    (tmp_path / "a.jsonl").write_bytes(magic + rest + b"\n" + lines)
    assert b"".join(block.data for block in read_blocks(tmp_path / "a.jsonl")) == magic + rest + b"\n" + lines


def test_whether_a_file_is_whole(tmp_path: Path) -> None:
    packed, plain = tmp_path / "a.gz", tmp_path / "b"
    packed.write_bytes(gzip.compress(bytes(5_000_000)))
    plain.write_bytes(b"text")
    assert (check_packed(packed), check_packed(plain)) == (True, False)
    packed.write_bytes(packed.read_bytes()[:-1])
    with pytest.raises(DataError, match="breaks off"):
        check_packed(packed)

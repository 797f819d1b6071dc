import gzip
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.parsing import blocks as module
from seqrec.datasets.parsing.blocks import first_lines, read_blocks
from seqrec.errors import DataError


def numbered(path: Path, block_bytes: int) -> list[tuple[int, bytes]]:
    return [line for block in read_blocks(path, block_bytes) for line in block.lines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blocks")


@given(
    lines=st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")), min_size=1),
    block_bytes=st.integers(1, 60),
    chunk_bytes=st.integers(3, 30),
    gzipped=st.booleans(),
    ends=st.sampled_from([b"\n", b"\r\n"]),
    last=st.booleans(),
)
def test_every_line_once_with_its_number(
    folder: Path,
    lines: list[bytes],
    block_bytes: int,
    chunk_bytes: int,
    gzipped: bool,
    ends: bytes,
    last: bool,
) -> None:
    lines = [b"x", *lines]
    text = ends.join(lines) + ends * last
    path = folder / "lines"
    path.write_bytes(gzip.compress(text) if gzipped else text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK_BYTES", chunk_bytes)
        found = numbered(path, block_bytes)
    assert found == [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def test_compression_is_recognised_by_content(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(gzip.compress(b"1\n2"))
    (tmp_path / "b.json.gz").write_bytes(b"1\n2")
    assert numbered(tmp_path / "a.json", 100) == numbered(tmp_path / "b.json.gz", 100) == [(1, b"1"), (2, b"2")]


@pytest.mark.parametrize("gzipped", [False, True])
def test_what_is_packed_inside_of_a_file_is_not_unpacked(tmp_path: Path, gzipped: bool) -> None:
    packed = gzip.compress(b"2\n", mtime=0).replace(b"\n", b" ")
    text = b"the first block\n" + packed + b"\n3\n"
    (tmp_path / "a").write_bytes(gzip.compress(text) if gzipped else text)
    blocks = list(read_blocks(tmp_path / "a", 1))
    assert blocks[1].data.startswith(b"\x1f\x8b")
    assert [block.data for block in blocks] == [b"the first block\n", packed + b"\n", b"3\n"]


def test_members_and_padding_of_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"1\n") + b"\0" * 9 + gzip.compress(b"") + gzip.compress(b"2\n") + b"\0" * 512)
    assert numbered(path, 100) == [(1, b"1"), (2, b"2")]


def test_highly_compressed_text_comes_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"0123456789abcde\n" * (1 << 20)))
    sizes = [len(block.data) for block in read_blocks(path, 1 << 20)]
    assert sum(sizes) == 16 << 20
    assert max(sizes) < 6 << 20


@pytest.mark.parametrize("cut", [1, 8, 20, 4000])
def test_truncated_gzip(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(random.Random(0).randbytes(5000))[:-cut])
    with pytest.raises(DataError, match="breaks off") as caught:
        numbered(path, 64)
    assert caught.value.subject == str(path)
    assert "again" in caught.value.remedy


def test_damaged_gzip(tmp_path: Path) -> None:
    raw = bytearray(gzip.compress(b"some text\n" * 100))
    raw[-5] ^= 0xFF
    (tmp_path / "a.gz").write_bytes(raw)
    with pytest.raises(DataError, match="a gzip stream that is damaged"):
        numbered(tmp_path / "a.gz", 64)


@pytest.mark.parametrize("raw", [b"", gzip.compress(b"")], ids=["plain", "gzipped"])
def test_empty_file(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a").write_bytes(raw)
    with pytest.raises(DataError, match="empty file"):
        numbered(tmp_path / "a", 64)


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 1000)
    monkeypatch.setattr(module, "_CHUNK_BYTES", 100)
    (tmp_path / "a").write_bytes(b"ok\n[" + b"1," * 2000)
    with pytest.raises(DataError, match="line 2, which is longer") as caught:
        numbered(tmp_path / "a", 64)
    assert "line ends" in caught.value.remedy


def test_first_lines_skip_blank_ones_and_the_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbf1\n\n \n2\r\n3\n")
    assert first_lines(tmp_path / "a", 2) == [b"1", b"2"]

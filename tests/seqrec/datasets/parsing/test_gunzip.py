import gzip
import random
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.parsing import gunzip as module
from seqrec.datasets.parsing.blocks import read_blocks
from seqrec.datasets.parsing.gunzip import FREE_TEXT_BYTES, MAX_RATIO, check_gzip, gunzip
from seqrec.errors import DataError

FILE = Path("folder/a.json.gz")


def pieces(raw: bytes, size: int) -> Iterator[bytes]:
    return (raw[i : i + size] for i in range(0, len(raw), size))


def inflated_size(raw: bytes, size: int = 1 << 16) -> int:
    return sum(len(text) for text in gunzip(FILE, pieces(raw, size)))


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
        assert b"".join(gunzip(FILE, pieces(raw, size))) == b"".join(texts)


@given(raw=st.binary(max_size=40).filter(lambda raw: not raw.startswith(b"\x1f\x8b")), size=st.integers(2, 9))
def test_other_bytes_stay(raw: bytes, size: int) -> None:
    assert b"".join(gunzip(FILE, pieces(raw, size))) == raw


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
            found = b"".join(gunzip(FILE, pieces(bytes(raw), size)))
        except DataError:
            found = None
    try:
        expected = gzip.decompress(bytes(raw))
    except (OSError, EOFError, zlib.error):
        # Flags of the head that mean nothing yet are an error there and not here.
        assert found in (None, b"".join(texts))
    else:
        assert found == expected


def test_a_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FREE_TEXT_BYTES", 1 << 20)
    monkeypatch.setattr(module, "_PIECE_BYTES", 1 << 16)
    texts = gunzip(FILE, pieces(gzip.compress(bytes(1 << 26)), 1 << 16))
    sizes: list[int] = []
    with pytest.raises(DataError) as caught:
        sizes.extend(map(len, texts))
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
    """The shortest an interaction can be told in: few users, few items, regular times, all the rest the same."""
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
    parts = [before + checked[:cut], checked[cut:] + before]
    assert b"".join(gunzip(FILE, iter(parts))) == b"1\n2\n1\n"


def test_only_gzip_tells_where_it_ends(tmp_path: Path) -> None:
    path, packed = tmp_path / "a", gzip.compress(b"some text")
    path.write_bytes(packed)
    assert check_gzip(path)
    path.write_bytes(b"some text")
    assert not check_gzip(path)
    path.write_bytes(packed[:-1])
    with pytest.raises(DataError, match="breaks off"):
        check_gzip(path)

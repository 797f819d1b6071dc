import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.digest import (
    DIGEST_LENGTH,
    digest_of,
    digest_of_bytes,
    digest_of_file,
    generator_from,
    scramble,
    seed_from,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_known_digests():
    # The first 20 hexadecimal digits of the SHA-256 of no bytes, and of "{}".
    assert digest_of_bytes() == digest_of_bytes(b"") == "e3b0c44298fc1c149afb"
    assert digest_of({}) == "44136fa355b3678a1146"


@given(st.dictionaries(st.text(), JSON, min_size=2))
def test_the_order_of_keys_does_not_matter(value):
    assert digest_of(value) == digest_of(dict(reversed(list(value.items()))))


def test_different_values_differ():
    values = [None, False, 0, "0", "", [], {}, [0], ["0"], {"a": 0}, {"a": None}, 0.5, "ä"]
    assert len({digest_of(value) for value in values}) == len(values)
    assert all(len(digest_of(value)) == DIGEST_LENGTH for value in values)


@pytest.mark.parametrize("value", [{1, 2}, Path("x"), object()])
def test_what_json_can_not_express_is_refused(value):
    with pytest.raises(TypeError):
        digest_of(value)


def test_not_a_number_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        digest_of(float("nan"))


def test_the_digest_of_a_file_is_known(tmp_path):
    # The first 20 hexadecimal digits of the published BLAKE3 of no bytes.
    (tmp_path / "empty").touch()
    assert digest_of_file(tmp_path / "empty") == "af1349b9f5f9a1a6a040"


@pytest.mark.parametrize("place", [0, 262_143, 262_144, 599_999])
def test_every_byte_of_a_file_counts(tmp_path, place):
    data = bytearray(600_000)
    (tmp_path / "x").write_bytes(data)
    data[place] = 1
    (tmp_path / "y").write_bytes(data)
    assert digest_of_file(tmp_path / "x") != digest_of_file(tmp_path / "y")


def test_seeds_are_the_same_in_another_process():
    code = "from seqrec.digest import seed_from; print(seed_from('ties', 7))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(other) == seed_from("ties", 7)


def test_streams_are_independent():
    assert len({seed_from("a", seed) for seed in range(1000)} | {seed_from("b", seed) for seed in range(1000)}) == 2000
    assert seed_from("ab", "c") != seed_from("a", "bc")
    assert 0 <= min(seed_from(seed) for seed in range(100)) < max(seed_from(seed) for seed in range(100)) < 2**63


def test_a_generator_repeats_itself():
    assert np.array_equal(generator_from("x", 1).random(5), generator_from("x", 1).random(5))
    assert not np.array_equal(generator_from("x", 1).random(5), generator_from("x", 2).random(5))


def test_scramble_is_the_published_splitmix64() -> None:
    # First outputs of the generator for seed 1234567, as its authors give them.
    state = np.uint64(1234567) + np.arange(2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert scramble(state).tolist() == [6457827717110365317, 3203168211198807973]

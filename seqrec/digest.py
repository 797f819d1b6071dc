"""Content digests: the same value gives the same short hexadecimal string in every process and on every machine."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import UInt64

DIGEST_LENGTH = 20
"""Hexadecimal characters kept: 80 bits, ample for the artifacts that one data root will ever hold."""
_PIECE_BYTES = 1 << 20


def digest_of(value: object) -> str:
    """Digest of a JSON-able value; the order of mapping keys does not matter.

    Raises:
        TypeError: `value` holds something that JSON can't express.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return digest_of_bytes(text.encode())


def digest_of_bytes(*parts: bytes) -> str:
    """Digest of the concatenation of `parts`."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()[:DIGEST_LENGTH]


def digest_of_file(path: Path) -> str:
    """Digest of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGEST_LENGTH]


def digests_of_beginnings(path: Path, sizes_bytes: Iterable[int]) -> dict[int, str]:
    """Digests of the first bytes of a file, one for each of the sizes, in one pass; beyond its end, of all of it."""
    digests = {}
    hashed, n_read = hashlib.sha256(), 0
    with path.open("rb") as file:
        for size in sorted(set(sizes_bytes)):
            while n_read < size and (piece := file.read(min(_PIECE_BYTES, size - n_read))):
                hashed.update(piece)
                n_read += len(piece)
            digests[size] = hashed.hexdigest()[:DIGEST_LENGTH]
    return digests


def seed_from(*parts: object) -> int:
    """A 63-bit seed derived from `parts`, so that every draw of a run has its own independent stream."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator_from(*parts: object) -> np.random.Generator:
    """NumPy generator seeded by `seed_from(*parts)`."""
    return np.random.default_rng(seed_from(*parts))


def scramble(values: UInt64[np.ndarray, " n"]) -> UInt64[np.ndarray, " n"]:
    """A fixed bijection of 64-bit integers that leaves no visible pattern (the finaliser of SplitMix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))

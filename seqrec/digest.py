"""Content digests: the same value gives the same short hexadecimal string in every process and on every machine."""

import hashlib
import json
from pathlib import Path

import numpy as np
from blake3 import blake3
from jaxtyping import UInt64

DIGEST_LENGTH = 20
"""Hexadecimal characters that are kept: 80 bits, ample for all artifacts of one data root."""
_BLOCK_BYTES = 1 << 20


def digest_of(value: object) -> str:
    """Returns the digest of a JSON-serialisable value; the order of mapping keys does not matter.

    Raises:
        TypeError: `value` holds something that JSON can't express.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return digest_of_bytes(text.encode())


def digest_of_bytes(*parts: bytes) -> str:
    """Returns the digest of the concatenation of `parts`."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()[:DIGEST_LENGTH]


def digest_of_file(path: Path) -> str:
    """Returns the digest of a file's bytes, read in blocks.

    BLAKE3 is four times as fast as SHA-256, so that hashing costs less than reading from most disks.
    """
    hashed = blake3()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK_BYTES):
            hashed.update(block)
    return hashed.hexdigest()[:DIGEST_LENGTH]


def seed_from(*parts: object) -> int:
    """Returns a 63-bit seed derived from `parts`, so that every draw of a run has its own independent stream."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator_from(*parts: object) -> np.random.Generator:
    """Returns a NumPy generator seeded by `seed_from(*parts)`."""
    return np.random.default_rng(seed_from(*parts))


def scramble(values: UInt64[np.ndarray, " n"]) -> UInt64[np.ndarray, " n"]:
    """Applies a fixed bijection of 64-bit integers that leaves no visible pattern (the finaliser of SplitMix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))

"""What an encoder is: a configuration that turns item texts into vectors, a batch at a time."""

from abc import abstractmethod
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

from seqrec.config import Config
from seqrec.types import Texts, Vectors


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """Vectors of some of the texts that were asked for."""

    positions: Int64[np.ndarray, " n"]
    """Positions in the texts that were asked for."""
    vectors: Float32[np.ndarray, "n dim"]


class EncoderConfig(Config):
    """Which encoder, and everything that changes its vectors. One encoder is one file with one `Config`."""

    name: str

    @property
    def per_text(self) -> bool:
        """Whether each vector depends on its own text alone, so that keeping it saves work."""
        return True

    @abstractmethod
    def identity(self, texts: Texts, data: Path) -> str:
        """What decides the vectors, beside the text itself: the key of the vector cache.

        An encoder that is fitted on the texts includes their digest; one that reads a file, the file's. What
        changes only speed or cost is left out.

        Raises:
            EncoderError: A file that the encoder reads is missing.
        """

    @abstractmethod
    def embed(self, texts: Texts, data: Path) -> Generator[EmbeddedBatch, None, None]:
        """Vectors of all texts, batch by batch, each to be kept before the next is computed or paid for.

        Args:
            texts: The texts to encode.
            data: Folder that relative paths of the configuration start from.

        Raises:
            EncoderError: The encoder could not be loaded, or gave something unusable.
            EndpointError: It could not be reached, or answered something unusable.
        """


def assemble(batches: Iterable[EmbeddedBatch], n_items: int) -> Vectors:
    """One table of the batches that an encoder gave for `n_items` texts."""
    parts = list(batches)
    positions = np.concatenate([part.positions for part in parts])
    assert np.array_equal(np.sort(positions), np.arange(n_items)), "an encoder answers every text once"
    values = np.empty((n_items, parts[0].vectors.shape[1]), np.float32)
    values[positions] = np.concatenate([part.vectors for part in parts])
    return Vectors(values)

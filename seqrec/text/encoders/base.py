"""What an encoder is: a configuration that turns item texts into vectors, a batch at a time."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

from seqrec.config import Config
from seqrec.types import Texts


@dataclass(frozen=True, slots=True)
class EncodedBatch:
    """Vectors of some of the texts that were asked for."""

    positions: Int64[np.ndarray, " n"]
    """Positions in the texts that were asked for."""
    vectors: Float32[np.ndarray, "n dim"]


class EncoderConfig(Config):
    """Which encoder, and everything that changes its vectors. One encoder is one file with one `Config`."""

    name: str

    @abstractmethod
    def identity(self, texts: Texts, data: Path) -> str:
        """What decides the vectors, beside the text itself: the key of the vector cache.

        An encoder that is fitted on the texts includes their digest; one that reads a file, the file's.
        """

    @abstractmethod
    def encode(self, texts: Texts, data: Path) -> Iterator[EncodedBatch]:
        """Vectors of all texts, batch by batch, each ready to be kept before the next is computed or paid for.

        Args:
            texts: The texts to encode.
            data: Folder that relative paths of the configuration start from.

        Raises:
            EncoderError: The encoder could not be loaded or reached, or answered something unusable.
        """

"""The base of encoders: configurations that turn item texts into vectors, batch by batch."""

from abc import abstractmethod
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int64

from seqrec.config import Config
from seqrec.types import Texts, Vectors


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """The vectors of some of the texts that were passed to `embed`."""

    positions: Int64[np.ndarray, " n"]
    """The positions of these texts among all texts."""
    vectors: Float32[np.ndarray, "n dim"]


class EncoderConfig(Config):
    """The configuration of an encoder, which determines its vectors. One encoder is one file with one `Config`."""

    name: str

    @property
    def per_text(self) -> bool:
        """Whether each vector depends on its own text alone, so that keeping it saves work."""
        return True

    @property
    def reads_texts(self) -> bool:
        """Whether the vectors are made of the texts, so that there must be some."""
        return True

    def embeds_apart(self, texts: Texts, data: Path) -> Bool[np.ndarray, " n_items"]:  # noqa: ARG002
        """Returns which items get a vector that fits those of other items, although they are embedded apart from them.

        By default, these are the items with a text.
        """
        return ~texts.missing

    @abstractmethod
    def identity(self, texts: Texts, data: Path) -> str:
        """Returns what determines the vectors besides the text itself: the key of the vector cache.

        An encoder that is fitted on the texts includes their digest; one that reads a file includes the file's.
        Settings that only affect speed or cost are left out.

        Raises:
            EncoderError: A file that the encoder reads is missing.
        """

    @abstractmethod
    def embed(self, texts: Texts, data: Path) -> Generator[EmbeddedBatch, None, None]:
        """Yields the vectors of all texts, so that each batch can be stored before the next is computed or paid for.

        Args:
            texts: The texts to encode.
            data: The folder that relative paths of the configuration start from.

        Raises:
            EncoderError: The encoder could not be loaded, or returned unusable vectors.
            EndpointError: The endpoint could not be reached, or returned an unusable answer.
        """


def is_usable(vectors: Float32[np.ndarray, "n dim"]) -> Bool[np.ndarray, " n"]:
    """Returns which vectors say something about their text: those that are finite and not zero."""
    usable: np.ndarray = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    return usable


def assemble(batches: Iterable[EmbeddedBatch], n_items: int) -> Vectors:
    """Joins the batches of an encoder into one table for `n_items` texts."""
    parts = list(batches)
    positions = np.concatenate([part.positions for part in parts])
    assert np.array_equal(np.sort(positions), np.arange(n_items)), "an encoder answers every text once"
    values = np.empty((n_items, parts[0].vectors.shape[1]), np.float32)
    values[positions] = np.concatenate([part.vectors for part in parts])
    return Vectors(values)

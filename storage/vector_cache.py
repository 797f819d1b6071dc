"""The cache of item vectors, so that no text is ever embedded, or paid for, twice."""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from seqrec.digest import digest_of_bytes
from seqrec.errors import EncoderError
from seqrec.text.encoders.base import EncoderConfig, assemble, is_usable
from seqrec.types import Texts, Vectors
from storage.atomic_write import writing
from storage.locks import Waiting, held, silently
from storage.vector_file import VectorFile, open_vectors

log = logging.getLogger("seqrec.vectors")

Progress = Callable[[int, int], None]
"""Receives the number of distinct texts that have a vector, and the number of all distinct texts."""


@dataclass(frozen=True, slots=True)
class CacheReport:
    """Numbers of distinct texts that had a vector already, and that were embedded now."""

    hits: int
    computed: int


class VectorCache:
    """Vectors by text, in one file per encoder identity under `root`.

    Each batch is safely on disk before the encoder computes the next. While one process embeds texts, others that need
    new vectors of the same encoder wait, and then embed only the texts that are still missing.

    Args:
        root: Folder of the files.
        waiting: Told who embeds texts that this process waits for.
    """

    def __init__(self, root: Path, waiting: Waiting = silently) -> None:
        self._root = root.absolute()
        self._waiting = waiting

    def vectors(
        self, texts: Texts, encoder: EncoderConfig, data: Path, progress: Progress | None = None
    ) -> tuple[Vectors, CacheReport]:
        """Return the vectors of `texts`, in their order; equal texts are embedded once.

        An encoder whose vectors depend on more than the text, because it is fitted or reads a file, bypasses the cache.

        Args:
            texts: The texts to embed.
            encoder: The encoder, which embeds only texts that have no vector yet.
            data: Folder that relative paths in the encoder's configuration start from.
            progress: Called before the first batch and after each batch.

        Raises:
            EncoderError: The encoder failed, the width of its vectors has changed, or one is zero or not finite.
            StorageError: The cache can't be read or written.
        """
        n_items = len(texts.texts)
        if not encoder.per_text:
            return assemble(encoder.embed(texts, data), n_items), CacheReport(hits=0, computed=n_items)
        digests = [digest_of_bytes(text.encode()) for text in texts.texts]
        path = self._root / f"{encoder.identity(texts, data)}.sqlite"
        with writing(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            with open_vectors(path) as kept:
                n_damaged = kept.drop_damaged(set(digests))
                if n_damaged:
                    log.warning("%s: %d vectors were damaged, and are computed again.", path, n_damaged)
                n_computed = 0
                if not kept.digests().issuperset(digests):
                    with held(
                        path.with_suffix(".lock"), lambda holder: self._waiting(f"vectors, embedded by {holder}")
                    ):
                        n_computed = _encode_unseen(texts, digests, encoder, data, kept, progress=progress)
                vectors = kept.read(digests)
                usable = is_usable(vectors)
                if usable.all():
                    return Vectors(vectors), CacheReport(len(set(digests)) - n_computed, n_computed)
                # An earlier version kept vectors that say nothing about their texts.
                kept.remove([digest for digest, is_kept in zip(digests, usable, strict=True) if not is_kept])
        return self.vectors(texts, encoder, data, progress)


def _encode_unseen(
    texts: Texts,
    digests: list[str],
    encoder: EncoderConfig,
    data: Path,
    kept: VectorFile,
    *,
    progress: Progress | None,
) -> int:
    """Add the vectors that `kept` lacks, batch by batch, and return how many texts were embedded."""
    seen = kept.digests()
    unseen = list({digest: i for i, digest in enumerate(digests) if digest not in seen}.values())
    if not unseen:
        return 0
    n_texts = len(set(digests))
    n_done = n_texts - len(unseen)
    unseen_texts = Texts(texts.item_ids[unseen], tuple(texts.texts[i] for i in unseen), texts.missing[unseen])
    with closing(encoder.embed(unseen_texts, data)) as batches:
        if progress is not None:
            progress(n_done, n_texts)
        for batch in batches:
            _check(batch.vectors, kept, encoder)
            kept.add([digests[unseen[i]] for i in batch.positions], batch.vectors)
            n_done += len(batch.positions)
            if progress is not None:
                progress(n_done, n_texts)
    assert n_done == n_texts, "an encoder returns one vector per text"
    return len(unseen)


def _check(vectors: Float32[np.ndarray, "n dim"], kept: VectorFile, encoder: EncoderConfig) -> None:
    if not is_usable(vectors).all():
        raise EncoderError(
            f"encoder '{encoder.name}'",
            got="a vector of zeros, NaN or infinity",
            expected="vectors that say something about their texts",
            remedy="Check the encoder; nothing of this batch is kept.",
        )
    if kept.dim not in {None, vectors.shape[1]}:
        raise EncoderError(
            f"encoder '{encoder.name}'",
            got=f"vectors of width {vectors.shape[1]}",
            expected=f"width {kept.dim}, as in the cache {kept.path}",
            remedy="If the model behind this name has changed, remove that file and run again.",
        )

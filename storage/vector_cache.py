"""The cache of item vectors: a text that was encoded once is never computed or paid for again."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from seqrec.digest import digest_of_bytes
from seqrec.errors import EncoderError
from seqrec.text.encoders.base import EncoderConfig, assemble
from seqrec.types import Texts, Vectors
from storage.atomic_write import writing
from storage.vector_file import VectorFile, open_vectors

Progress = Callable[[int, int], None]
"""Told how many of the different texts have their vector, and how many there are."""


@dataclass(frozen=True, slots=True)
class CacheReport:
    """How many different texts had their vector already, and how many were encoded now."""

    hits: int
    computed: int


class VectorCache:
    """The vectors that each encoder gave, by text, in one file per encoder identity under `root`.

    Each batch is on disk for good before the encoder is asked for the next. While one process encodes, others
    that need new texts of the same encoder wait, and then encode only what is still missing.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def vectors(
        self, texts: Texts, encoder: EncoderConfig, data: Path, progress: Progress | None = None
    ) -> tuple[Vectors, CacheReport]:
        """Vectors of `texts`, in their order; equal texts are encoded once.

        An encoder that does not go by text, because it is fitted or reads a file, is simply run.

        Args:
            texts: What to encode.
            encoder: Asked only for texts that it has not seen.
            data: Folder that relative paths of the encoder's configuration start from.
            progress: Called before the first batch and after each.

        Raises:
            EncoderError: The encoder failed, or its vectors have another width than those it gave before.
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
                n_computed = 0
                if not kept.digests().issuperset(digests):
                    with FileLock(path.with_suffix(".lock")):
                        n_computed = _encode_unseen(texts, digests, encoder, data, kept, progress=progress)
                return Vectors(kept.read(digests)), CacheReport(len(set(digests)) - n_computed, n_computed)


def _encode_unseen(
    texts: Texts,
    digests: list[str],
    encoder: EncoderConfig,
    data: Path,
    kept: VectorFile,
    *,
    progress: Progress | None,
) -> int:
    """Adds to `kept` what it lacks of `texts`, batch by batch, and returns how many texts that were."""
    seen = kept.digests()
    unseen = list({digest: i for i, digest in enumerate(digests) if digest not in seen}.values())
    if not unseen:
        return 0
    n_texts = len(set(digests))
    n_done = n_texts - len(unseen)
    asked = Texts(texts.item_ids[unseen], tuple(texts.texts[i] for i in unseen), texts.missing[unseen])
    with closing(encoder.embed(asked, data)) as batches:
        if progress is not None:
            progress(n_done, n_texts)
        for batch in batches:
            _check_width(batch.vectors.shape[1], kept, encoder)
            kept.add([digests[unseen[i]] for i in batch.positions], batch.vectors)
            n_done += len(batch.positions)
            if progress is not None:
                progress(n_done, n_texts)
    assert n_done == n_texts, "an encoder answers every text once"
    return len(unseen)


def _check_width(dim: int, kept: VectorFile, encoder: EncoderConfig) -> None:
    if kept.dim not in {None, dim}:
        raise EncoderError(
            f"encoder '{encoder.name}'",
            got=f"vectors of {dim} numbers",
            expected=f"{kept.dim}, as in those it gave before ({kept.path})",
            remedy="If the model changed behind its name, remove that file and encode again.",
        )

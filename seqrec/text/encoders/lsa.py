"""Latent semantic analysis (Deerwester et al. 1990): TF-IDF weights, reduced to their main dimensions.

It needs no weights and no network. With titles of Amazon Beauty, SASRec gains nearly as much from these vectors as
from those of a small sentence encoder.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool
from pydantic import NonNegativeInt, PositiveInt
from scipy.sparse import csr_array

from seqrec.digest import digest_of
from seqrec.errors import EncoderError
from seqrec.text.encoders.base import EmbeddedBatch, EncoderConfig
from seqrec.types import Texts


class Config(EncoderConfig):
    """TF-IDF and truncated SVD (latent semantic analysis), fitted on the item texts; vectors have unit length.

    Items without metadata take no part in the fit. They get a zero vector, as does a text without words.
    """

    name: Literal["lsa"] = "lsa"
    dim: PositiveInt = 256
    """The number of dimensions that are kept; it must be less than the number of texts and of terms."""
    max_ngram: PositiveInt = 2
    """The largest number of consecutive words in a term."""
    seed: NonNegativeInt = 0
    """The seed of the randomised SVD."""

    @property
    def per_text(self) -> bool:
        """False: another text in the catalogue changes all vectors."""
        return False

    def embeds_apart(self, texts: Texts, data: Path) -> Bool[np.ndarray, " n_items"]:  # noqa: ARG002
        """Returns none: the dimensions depend on all texts."""
        return np.zeros(len(texts.texts), bool)

    def identity(self, texts: Texts, data: Path) -> str:  # noqa: ARG002
        """Returns the digest of the configuration and of all texts."""
        corpus = [None if missing else text for text, missing in zip(texts.texts, texts.missing, strict=True)]
        return digest_of([self.model_dump(mode="json"), corpus])

    def embed(self, texts: Texts, data: Path) -> Generator[EmbeddedBatch, None, None]:  # noqa: ARG002
        """Yields one batch with all vectors.

        Raises:
            EncoderError: There are too few texts, or too few terms in them, for `dim`.
        """
        # Imported late, since the import takes seconds.
        from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415
        from sklearn.preprocessing import normalize  # noqa: PLC0415

        known = np.flatnonzero(~texts.missing)
        weights = self._weights([texts.texts[i] for i in known])
        svd = TruncatedSVD(self.dim, random_state=self.seed)
        vectors = np.zeros((len(texts.texts), self.dim), np.float32)
        vectors[known] = normalize(svd.fit_transform(weights))
        yield EmbeddedBatch(np.arange(len(vectors), dtype=np.int64), vectors)

    def _weights(self, corpus: list[str]) -> csr_array:
        """Returns the TF-IDF weight of each term in each text."""
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

        vectorizer = TfidfVectorizer(ngram_range=(1, self.max_ngram), sublinear_tf=True, dtype=np.float32)
        words = vectorizer.build_analyzer()
        n_texts = sum(bool(words(text)) for text in corpus)
        weights = csr_array(vectorizer.fit_transform(corpus) if n_texts else (0, 0))
        n_terms = weights.shape[1]
        if self.dim >= min(n_texts, n_terms):
            raise EncoderError(
                "lsa: dim",
                got=f"{self.dim} for {n_texts} texts with words, of {n_terms} different terms",
                expected="fewer dimensions than texts and than terms",
                remedy="Lower dim in the encoder's section, or name more columns in the text template.",
            )
        return weights

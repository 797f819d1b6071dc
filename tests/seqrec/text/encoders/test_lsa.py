from pathlib import Path

import numpy as np
import pytest

from seqrec.errors import EncoderError
from seqrec.text.encoders.base import assemble
from seqrec.text.encoders.lsa import Config
from seqrec.types import Texts

HERE = Path()
TEXTS = ("red nail polish", "blue nail polish", "hair oil", "dry hair oil", "soap", "green soap bar")


def texts_of(*texts: str, missing: tuple[int, ...] = ()) -> Texts:
    flags = np.isin(np.arange(len(texts)), missing)
    return Texts(np.array([f"i{i}" for i in range(len(texts))], object), texts, flags)


def embed(config: Config, texts: Texts) -> np.ndarray:
    return assemble(config.embed(texts, HERE), len(texts.texts)).values


def test_texts_that_share_words_are_close() -> None:
    cosines = (vectors := embed(Config(dim=3), texts_of(*TEXTS))) @ vectors.T
    for kin in ((0, 1), (2, 3), (4, 5)):
        others = np.delete(cosines[kin[0]], kin)
        assert cosines[kin] > 0.9
        assert np.abs(others).max() < 0.1


def test_vectors_have_unit_length() -> None:
    np.testing.assert_allclose(np.linalg.norm(embed(Config(dim=3), texts_of(*TEXTS)), axis=1), 1.0, rtol=1e-5)


def test_word_pairs_tell_order() -> None:
    texts = texts_of("oil hair", "hair oil", "oil soap", "soap")
    pairs = embed(Config(dim=3), texts)
    words = embed(Config(dim=2, max_ngram=1), texts)
    assert words[0] @ words[1] == pytest.approx(1.0, abs=1e-5)
    assert pairs[0] @ pairs[1] < 0.95


def test_placeholders_and_texts_without_words_are_zero_and_change_nothing() -> None:
    alone = embed(Config(dim=3), texts_of(*TEXTS))
    among = embed(Config(dim=3), texts_of("Unknown item", *TEXTS, "Unknown item", missing=(0, 7)))
    assert not among[[0, 7]].any()
    np.testing.assert_array_equal(among[1:7], alone)
    assert not embed(Config(dim=3), texts_of(*TEXTS, "?!"))[6].any()


def test_identity_covers_the_corpus_and_the_configuration() -> None:
    identities = [
        Config(dim=3).identity(texts_of(*TEXTS), HERE),
        Config(dim=2).identity(texts_of(*TEXTS), HERE),
        Config(dim=3, seed=1).identity(texts_of(*TEXTS), HERE),
        Config(dim=3).identity(texts_of(*TEXTS[1:]), HERE),
        Config(dim=3).identity(texts_of(*TEXTS, missing=(1,)), HERE),
    ]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize(
    ("texts", "got"),
    [
        (texts_of(*TEXTS), "6 for 6 texts with words, of 17 different terms"),
        (texts_of(*["soap"] * 9), "6 for 9 texts with words, of 1 different terms"),
        (texts_of("?", "!"), "6 for 0 texts with words, of 0 different terms"),
        (
            texts_of(*["Unknown item"] * 8, missing=tuple(range(8))),
            "6 for 0 texts with words, of 0 different terms",
        ),
    ],
)
def test_too_little_text_for_the_width(texts: Texts, got: str) -> None:
    with pytest.raises(EncoderError) as caught:
        embed(Config(dim=6), texts)
    assert (caught.value.subject, caught.value.got) == ("lsa: dim", got)
    assert "Lower dim" in caught.value.remedy

"""An embeddings endpoint and a sentence encoder, both real and tiny."""

import string
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.seqrec.text.encoders.embeddings_server import EmbeddingsServer, running


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    yield from running(monkeypatch)


@pytest.fixture(scope="session")
def sentence_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder with a one-layer BERT that knows letters and five words; its weights are random."""
    if find_spec("sentence_transformers") is None:
        pytest.skip("needs: pip install 'seqrec[sentence-transformers]'")
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("model") / "tiny-bert"
    letters = string.ascii_lowercase + string.digits
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    tokens += ["red", "nail", "polish", "hair", "oil"]
    vocabulary = folder.parent / "vocab.txt"
    vocabulary.write_text("\n".join(tokens))
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(tokens), max_position_embeddings=64, **shape)).save_pretrained(folder)
    BertTokenizerFast(str(vocabulary)).save_pretrained(folder)
    return folder

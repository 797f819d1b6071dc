import json
import os
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from seqrec.errors import EncoderError
from seqrec.text.encoders.base import assemble
from seqrec.text.encoders.sentence_transformers import Config
from seqrec.types import Texts

HERE = Path()


def texts_of(*texts: str) -> Texts:
    return Texts(np.array([f"i{i}" for i in range(len(texts))], object), texts, np.zeros(len(texts), bool))


def embed(config: Config, *texts: str, data: Path = HERE) -> np.ndarray:
    return assemble(config.embed(texts_of(*texts), data), len(texts)).values


def test_agrees_with_the_model_itself(sentence_encoder: Path) -> None:
    """For a bare BERT, the library takes the mean of the last states over the tokens of a text."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(sentence_encoder)("red nail polish", return_tensors="pt")
    with torch.inference_mode():
        states = AutoModel.from_pretrained(sentence_encoder)(**tokens).last_hidden_state[0]
    config = Config(model=str(sentence_encoder), normalise=False, precision="float32")
    # The batch has a longer text too, so padding must not count.
    vectors = embed(config, "red nail polish", "red hair oil red hair oil red hair oil")
    np.testing.assert_allclose(vectors[0], states.mean(dim=0).numpy(), atol=1e-5)


def test_normalise_gives_unit_length(sentence_encoder: Path) -> None:
    plain = embed(Config(model=str(sentence_encoder), normalise=False, precision="float32"), "red", "hair oil")
    unit = embed(Config(model=str(sentence_encoder), precision="float32"), "red", "hair oil")
    np.testing.assert_allclose(unit, plain / np.linalg.norm(plain, axis=1, keepdims=True), rtol=1e-4)


def test_sixteen_bits_change_little(sentence_encoder: Path) -> None:
    texts = ("red nail polish", "hair oil", "soap")
    half = embed(Config(model=str(sentence_encoder)), *texts)
    full = embed(Config(model=str(sentence_encoder), precision="float32"), *texts)
    assert (half * full).sum(axis=1).min() > 0.999


def test_batches_hold_texts_of_similar_length_longest_first(sentence_encoder: Path) -> None:
    config = Config(model=str(sentence_encoder), batch_size=2)
    texts = texts_of("oil", "red nail polish", "a", "hair oil", "red hair oil soap")
    positions = [batch.positions.tolist() for batch in config.embed(texts, HERE)]
    assert positions == [[4, 1], [3, 0], [2]]


def test_prompt_comes_before_each_text(sentence_encoder: Path) -> None:
    model = str(sentence_encoder)
    prompted = embed(Config(model=model, prompt="red ", precision="float32"), "nail")
    np.testing.assert_allclose(prompted, embed(Config(model=model, precision="float32"), "red nail"), atol=1e-5)


def with_prompts(sentence_encoder: Path, tmp_path: Path, default: str | None = None) -> str:
    """Copy the model, and give it prompts of its own."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(sentence_encoder), device="cpu", prompts={"document": "red ", "query": "hair "})
    model.default_prompt_name = default
    model.save(str(tmp_path / "prompted"))
    return str(tmp_path / "prompted")


def test_a_prompt_of_the_model_is_chosen_by_its_name(sentence_encoder: Path, tmp_path: Path) -> None:
    model = with_prompts(sentence_encoder, tmp_path)
    plain = {"precision": "float32"}
    named = embed(Config(model=model, prompt_name="document", **plain), "nail")
    np.testing.assert_allclose(named, embed(Config(model=model, **plain), "red nail"), atol=1e-5)
    with pytest.raises(EncoderError) as caught:
        embed(Config(model=model, prompt_name="passage"), "nail")
    assert caught.value.got == "prompt_name = 'passage'"
    assert "document" in caught.value.expected
    with pytest.raises(ValidationError, match="exclude each other"):
        Config(model=model, prompt="red ", prompt_name="document")


def test_code_of_the_hub_runs_only_at_a_commit() -> None:
    for revision in (None, "main"):
        with pytest.raises(EncoderError) as caught:
            embed(Config(model="any/model", revision=revision, trust_remote_code=True), "red")
        assert "40 hexadecimal digits" in caught.value.expected


def test_a_model_that_needs_its_own_code_says_so(sentence_encoder: Path, tmp_path: Path) -> None:
    for file in sentence_encoder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text()) | {
        "model_type": "ours",
        "auto_map": {"AutoConfig": "ours.OurConfig", "AutoModel": "ours.OurModel"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "ours.py").write_text(OURS)
    with pytest.raises(EncoderError) as caught:
        embed(Config(model=str(tmp_path)), "red")
    assert "trust_remote_code = true" in caught.value.remedy
    assert embed(Config(model=str(tmp_path), trust_remote_code=True), "red").shape == (1, 16)


OURS = """
from transformers import BertConfig, BertModel
class OurConfig(BertConfig):
    model_type = "ours"
class OurModel(BertModel):
    config_class = OurConfig
"""


def test_a_vector_that_says_nothing_is_refused(sentence_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    for number in (0.0, float("nan")):
        answer = torch.tensor([[1.0, 2.0], [number, number]])
        monkeypatch.setattr(SentenceTransformer, "encode", lambda *_, answer=answer, **__: answer)
        with pytest.raises(EncoderError, match="zeros, NaN or infinity for the text 'a'"):
            embed(Config(model=str(sentence_encoder)), "red hair", "a")


def test_max_seq_length_cuts(sentence_encoder: Path) -> None:
    # Four tokens are two words, with one token before and one after them.
    config = Config(model=str(sentence_encoder), max_seq_length=4, precision="float32")
    vectors = embed(config, "red nail polish", "red nail hair", "red hair")
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)
    assert not np.allclose(vectors[0], vectors[2], atol=1e-3)


def test_a_folder_is_loaded_without_network(sentence_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    environment = dict(os.environ)
    data, folder = sentence_encoder.parent, sentence_encoder.name
    assert embed(Config(model=folder), "red", data=data).shape == (1, 16)
    assert dict(os.environ) == environment


def test_identity_is_the_content_of_a_folder(sentence_encoder: Path, tmp_path: Path) -> None:
    texts = texts_of("red")
    config = Config(model="copy")
    (tmp_path / "copy").mkdir()
    for file in sentence_encoder.iterdir():
        (tmp_path / "copy" / file.name).write_bytes(file.read_bytes())
    identity = Config(model=str(sentence_encoder)).identity(texts, tmp_path)
    assert config.identity(texts, tmp_path) == identity
    assert Config(model="copy", batch_size=1).identity(texts, tmp_path) == identity
    assert Config(model="copy", trust_remote_code=True).identity(texts, tmp_path) == identity
    others = ({"prompt": "q: "}, {"prompt_name": "q"}, {"normalise": False}, {"max_seq_length": 8})
    for other in (*others, {"precision": "float32"}):
        assert Config(model="copy", **other).identity(texts, tmp_path) != identity
    (tmp_path / "copy" / "config.json").write_text("{}")
    assert config.identity(texts, tmp_path) != identity


def test_identity_of_a_hub_model_is_its_name_and_revision() -> None:
    texts = texts_of("red")
    names = [Config(model="a/b"), Config(model="a/c"), Config(model="a/b", revision="main")]
    assert len({config.identity(texts, HERE) for config in names}) == 3
    assert names[0].identity(texts, HERE) == "6411fd6d0106376dd289", "vectors of an earlier version are still found"


def test_without_the_optional_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderError) as caught:
        embed(Config(model="any/model"), "red")
    assert caught.value.got == "no module 'sentence_transformers'"
    assert caught.value.remedy == "Run: pip install 'seqrec[sentence-transformers]'"


@pytest.mark.parametrize("model", ["./gone", "models/deep/gone", "/gone/away"])
def test_a_folder_that_is_not_there(model: str, tmp_path: Path) -> None:
    with pytest.raises(EncoderError) as caught:
        embed(Config(model=model), "red", data=tmp_path)
    assert caught.value.subject == f"sentence_transformers model '{model}'"
    assert caught.value.got == f"no folder {tmp_path / model}"


def test_a_folder_without_a_model(tmp_path: Path, sentence_encoder: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError) as caught:
        embed(Config(model="empty"), "red", data=tmp_path)
    assert caught.value.subject == "sentence_transformers model 'empty'"


def test_pickled_weights_are_refused(tmp_path: Path, sentence_encoder: Path) -> None:
    import torch
    from safetensors.torch import load_file

    for file in sentence_encoder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save(load_file(sentence_encoder / "model.safetensors"), tmp_path / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="safetensors"):
        embed(Config(model=str(tmp_path)), "red")

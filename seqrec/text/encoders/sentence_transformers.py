"""Local sentence encoders, run by the sentence-transformers library (Reimers and Gurevych 2019)."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from jaxtyping import Float32
from pydantic import PositiveInt, model_validator

from seqrec.digest import digest_of, digest_of_file
from seqrec.errors import EncoderError
from seqrec.text.encoders.base import EmbeddedBatch, EncoderConfig, is_usable
from seqrec.types import Texts

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class Config(EncoderConfig):
    """A model from the Hugging Face hub or from a folder; its weights must be in safetensors.

    It runs on the GPU if the machine has one. A folder is loaded without any request to the hub.
    """

    name: Literal["sentence_transformers"] = "sentence_transformers"
    model: str
    """The name on the hub, or the path of a folder, relative to the data folder."""
    revision: str | None = None
    """The commit, tag or branch of a model on the hub; only a commit fixes the vectors."""
    prompt: str = ""
    """The text that precedes each item text, for models that were trained with an instruction, such as `passage: `."""
    prompt_name: str | None = None
    """The name of one of the model's own prompts, such as `document`, to use in place of `prompt`. Without either, the
    model's default prompt is used if it has one."""
    trust_remote_code: bool = False
    """Whether Python code that comes with the model may run. A model on the hub then needs the commit in `revision`,
    so that the code can't change after you have read it."""
    max_seq_length: PositiveInt | None = None
    """The number of tokens that are read of each text; the model's own limit if left out."""
    normalise: bool = True
    """Whether each vector is scaled to unit length."""
    precision: Literal["auto", "float32"] = "auto"
    """The number format of the computation. `auto` uses 16 bits if the hardware supports it; vectors then
    differ slightly between machines."""
    batch_size: PositiveInt = 256
    """The number of texts that are encoded at a time."""

    @model_validator(mode="after")
    def _one_prompt(self) -> "Config":
        if self.prompt and self.prompt_name is not None:
            raise ValueError("prompt and prompt_name exclude each other")
        return self

    def identity(self, texts: Texts, data: Path) -> str:  # noqa: ARG002
        """Returns the digest of what changes vectors in the configuration, and of the files of a model in a folder."""
        facts = self.model_dump(mode="json", exclude={"batch_size", "prompt_name", "trust_remote_code"})
        facts |= {"prompt_name": self.prompt_name} if self.prompt_name else {}
        folder = self._folder(data)
        if folder is not None:
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            facts["model"] = {str(path.relative_to(folder)): digest_of_file(path) for path in files}
        return digest_of(facts)

    def embed(self, texts: Texts, data: Path) -> Generator[EmbeddedBatch, None, None]:
        """Yields batches of texts of similar length, the longest first, so that a lack of memory shows at once."""
        model = self._load(data)
        order = np.argsort([-len(text) for text in texts.texts], kind="stable")
        for start in range(0, len(order), self.batch_size):
            positions = order[start : start + self.batch_size]
            yield EmbeddedBatch(positions, self._vectors(model, [texts.texts[i] for i in positions]))

    def _vectors(self, model: "SentenceTransformer", texts: list[str]) -> Float32[np.ndarray, "n dim"]:
        device = model.device.type
        dtype = _half_precision(device) if self.precision == "auto" else None
        with torch.autocast(device, dtype or torch.bfloat16, enabled=dtype is not None):
            encoded = model.encode(
                texts,
                batch_size=self.batch_size,
                prompt=self.prompt or None,
                prompt_name=self.prompt_name,
                show_progress_bar=False,
                convert_to_tensor=True,
            )
        vectors = encoded.float().cpu().numpy()
        usable = is_usable(vectors)
        if not usable.all():
            raise self._error(
                got=f"a vector of zeros, NaN or infinity for the text '{texts[int(np.argmin(usable))][:80]}'",
                expected="vectors of finite numbers that are not all zero",
                remedy='Set precision = "float32" in the encoder\'s section.',
            )
        if not self.normalise:
            return vectors
        from sklearn.preprocessing import normalize  # noqa: PLC0415

        scaled: Float32[np.ndarray, "n dim"] = normalize(vectors)
        return scaled

    def _load(self, data: Path) -> "SentenceTransformer":
        try:
            # The import takes seconds, and the package is an optional extra.
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise EncoderError(
                "encoder 'sentence_transformers'",
                got=f"no module '{error.name}'",
                expected="the optional packages for local encoders",
                remedy="Run: pip install 'seqrec[sentence-transformers]'",
            ) from error
        folder = self._folder(data)
        self._check_trust(folder)
        try:
            model = SentenceTransformer(
                str(folder or self.model),
                device="cuda" if torch.cuda.is_available() else "cpu",
                revision=self.revision,
                local_files_only=folder is not None,
                trust_remote_code=self.trust_remote_code,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, ImportError) as error:
            needs_trust = "trust_remote_code" in str(error)
            raise self._error(
                got=str(error).strip().split("\n")[0],
                expected="a sentence encoder on the Hugging Face hub, or its folder",
                remedy="Read the code that comes with the model; if you trust it, set trust_remote_code = true."
                if needs_trust
                else "Check the name and the connection, or download the model and give its folder as model.",
            ) from error
        if self.prompt_name is not None and self.prompt_name not in model.prompts:
            raise self._error(
                got=f"prompt_name = '{self.prompt_name}'",
                expected=f"one of the model's prompts: {', '.join(model.prompts) or 'it has none'}",
                remedy="Correct prompt_name, or write the text in prompt.",
            )
        if self.max_seq_length is not None:
            model.max_seq_length = self.max_seq_length
        return model

    def _check_trust(self, folder: Path | None) -> None:
        if self.trust_remote_code and folder is None and not re.fullmatch(r"[0-9a-f]{40}", self.revision or ""):
            raise self._error(
                got=f"trust_remote_code with revision = '{self.revision or ''}'",
                expected="the commit whose code may run, which has 40 hexadecimal digits",
                remedy="Copy the commit from the model's page on the hub, or download the model and give its folder.",
            )

    def _error(self, *, got: str, expected: str, remedy: str) -> EncoderError:
        return EncoderError(f"sentence_transformers model '{self.model}'", got=got, expected=expected, remedy=remedy)

    def _folder(self, data: Path) -> Path | None:
        """Returns the model's folder, or None if `model` is a name on the hub."""
        folder = data / self.model
        if folder.is_dir():
            return folder
        if self.model.startswith((".", "/", "~")) or self.model.count("/") > 1:
            raise self._error(
                got=f"no folder {folder}",
                expected="a folder, or a name on the Hugging Face hub",
                remedy="Correct the path; a relative path starts from the data folder.",
            )
        return None


def _half_precision(device: str) -> torch.dtype | None:
    """Returns the 16-bit type that the device multiplies matrices in, or None."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    has = torch.cpu.get_capabilities()
    return torch.bfloat16 if has.get("amx_bf16") or has.get("avx512_bf16") else None

"""The encoders of item texts, one file each. A new one takes one file and one line in `ENCODERS`."""

from typing import TYPE_CHECKING

from seqrec.config import members, union
from seqrec.text.encoders.base import EncoderConfig

ENCODERS: tuple[type[EncoderConfig], ...] = members(
    "seqrec.text.encoders",
    "lsa",
    "precomputed",
    "sentence_transformers",
    "openai",
)

if TYPE_CHECKING:
    AnyEncoder = EncoderConfig
else:
    AnyEncoder = union(ENCODERS)

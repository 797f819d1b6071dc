"""Models, one file each. A new one is its file and one line in `MODELS`."""

from typing import TYPE_CHECKING

from seqrec.config import members, union
from seqrec.models.base import ModelConfig

MODELS = members(
    "seqrec.models",
    "most_popular",
    "recency",
    "markov",
    "sknn",
    "llm_seq_sim",
    "gru4rec",
    "sasrec",
    "bert4rec",
)

if TYPE_CHECKING:
    AnyModel = ModelConfig
else:
    AnyModel = union(MODELS)

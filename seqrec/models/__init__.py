"""The models, one file each. A new one takes one file and one line in `MODELS`."""

from typing import TYPE_CHECKING

from seqrec.config import members, name_of, union
from seqrec.models.base import ModelConfig

MODELS: tuple[type[ModelConfig], ...] = members(
    "seqrec.models",
    "most_popular",
    "recency",
    "markov",
    "sknn",
    "sknn_emb",
    "llm_seq_sim",
    "gru4rec",
    "sasrec",
    "bert4rec",
    "switch",
    "fuse",
    "popularity_filter",
    "diversify",
)

FLOORS = tuple(name_of(config) for config in MODELS if config.is_floor)
"""The names of the models that every table shows, each with its name as the label."""

if TYPE_CHECKING:
    AnyModel = ModelConfig
else:
    AnyModel = union(MODELS)

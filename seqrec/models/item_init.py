"""The initialisation of item embeddings from item vectors (LLM2BERT4Rec and its relatives; Harte et al. 2023, 3.3)."""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from pydantic import model_validator
from torch import Tensor

from seqrec.config import Config
from seqrec.digest import generator_from
from seqrec.errors import ConfigError
from seqrec.text.source import VectorSource
from seqrec.types import Vectors


class ItemInit(Config):
    """Item vectors as the starting point of an item table. Its width must be the network's."""

    source: VectorSource
    scale: Literal["raw", "matched"] = "matched"
    """`raw` keeps the vectors as they are, as in both papers; `matched` scales the whole matrix by one factor, so that
    its mean row norm equals that of the random initialisation it replaces."""
    permuted: bool = False
    """Whether each item gets the vector of another one, a control that keeps the statistics and destroys the
    meaning."""
    drawn: bool = False
    """Whether each item gets a random vector of the same length as its own: a control that keeps lengths alone."""
    frozen: bool = False
    """Whether the embeddings stay what they begin with, so that only the rest of the network is trained."""

    @model_validator(mode="after")
    def _check_control(self) -> "ItemInit":
        if self.permuted and self.drawn:
            raise ValueError("permuted and drawn are two controls; set one of them")
        return self


def initial_table(
    config: ItemInit, table: Float[Tensor, "n_items dim"], vectors: Vectors, seed: int
) -> Float[Tensor, "n_items dim"]:
    """Returns the initial item table that replaces the random `table`.

    Raises:
        ConfigError: The vectors and the table have different widths.
    """
    n_items, dim = table.shape
    if vectors.dim != dim:
        raise ConfigError(
            "item_init.source",
            got=f"vectors of width {vectors.dim}",
            expected=f"the network's dim, {dim}",
            remedy=f"Set the model's dim to {vectors.dim}, or reduce the vectors to {dim} in item_init.source.",
        )
    values = vectors.values
    if config.permuted:
        values = values[generator_from(seed, "item_init").permutation(n_items)]
    if config.drawn:
        random = generator_from(seed, "item_init").standard_normal(values.shape)
        lengths = np.linalg.norm(values, axis=1, keepdims=True) / np.linalg.norm(random, axis=1, keepdims=True)
        values = (random * lengths).astype(np.float32)
    start = torch.from_numpy(values).to(table)
    if config.scale == "matched":
        start = start * (_mean_norm(table) / _mean_norm(start))
    return start


def _mean_norm(table: Float[Tensor, "n_items dim"]) -> Float[Tensor, ""]:
    mean: Tensor = table.norm(dim=1).mean()
    return mean

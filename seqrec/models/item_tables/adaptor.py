"""An item table that a small learned map computes from item vectors (UniSRec; Hou et al. 2022)."""

from collections.abc import Mapping
from typing import Annotated, Literal

import torch
from jaxtyping import Float
from pydantic import Field, NonNegativeInt
from torch import Tensor

from seqrec.digest import generator_from
from seqrec.models.item_tables.base import ItemTableConfig
from seqrec.nn.item_table import ItemTable
from seqrec.nn.text_adaptor import TextAdaptor
from seqrec.text.source import VectorSource
from seqrec.types import Vectors


class Config(ItemTableConfig):
    """Embeddings computed from item vectors, also for items without training (after UniSRec, Hou et al. 2022)."""

    name: Literal["adaptor"] = "adaptor"
    source: VectorSource
    """The item vectors. They must be as wide as the network; PCA is a good reducer, with or without whitening."""
    ids: bool = True
    """Whether a learned embedding per item is added, which is zero for items that training never showed. On Beauty it
    made trained items better and new ones useless (`docs/log.md`)."""
    id_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """The share of these that each training step leaves out, so that texts alone may learn to lead to new items."""
    n_experts: NonNegativeInt = 0
    """The number of experts that are added to the plain map, mixed by a gate; UniSRec has 8, and no plain map."""
    scale: Literal["raw", "matched"] = "matched"
    """Whether embeddings begin as the vectors are, or scaled by one factor to the mean norm of random embeddings."""
    permuted: bool = False
    """Whether each item gets the vector of another one, a control that keeps the statistics and destroys the
    meaning."""

    @property
    def vectors(self) -> VectorSource:
        """The vectors that embeddings are computed from."""
        return self.source

    def build(self, n_items: int, dim: int) -> TextAdaptor:
        """Returns the map, with vectors of zeros."""
        return TextAdaptor(n_items, dim, n_experts=self.n_experts, ids=self.ids, id_dropout=self.id_dropout)

    def extend(
        self, weights: Mapping[str, Tensor], vectors: Float[Tensor, "n_more dim"]
    ) -> Mapping[str, Tensor] | None:
        """Returns the map with all vectors, and id embeddings of zero for further items; None for the control."""
        if self.permuted:
            return None
        more = {**weights, "vectors": vectors}
        if (ids := weights.get("ids.weight")) is not None:
            more["ids.weight"] = torch.cat([ids, ids.new_zeros(len(vectors) - len(ids), ids.shape[1])])
        return more

    def begin(self, table: ItemTable, vectors: Vectors | None, seed: int) -> None:
        """Gives the map its vectors."""
        assert isinstance(table, TextAdaptor)
        assert vectors is not None
        values = vectors.values
        if self.permuted:
            values = values[generator_from(seed, "item_table").permutation(len(values))]
        table.begin(torch.from_numpy(values), raw=self.scale == "raw")

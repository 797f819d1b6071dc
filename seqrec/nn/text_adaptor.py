"""The text adaptor: an item table that is computed from frozen item vectors, so that it has a row for every item.

The map is that of UniSRec (Hou et al. 2022, section 2.1): experts, each a linear map of the shifted vector, mixed by a
softmax gate. Where we deviate from its code:

* one map starts as the identity, on vectors that PCA has ordered, and the experts are added to it, so that a network
  begins with the meaning of the vectors instead of a random projection;
* the gate has no noise;
* an id embedding may be added, which starts at zero, so that an item that was never trained on is its text alone;
* some id embeddings may be dropped in each step, as in DropoutNet (Volkovs et al. 2017), because they take over what
  texts could say; on Beauty, this did not help (`docs/log.md`);
* items that training does not show are no negatives of the loss (`seqrec/nn/network.py`).
"""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from seqrec.nn.affine import fit_affine
from seqrec.nn.init import ITEM_STD
from seqrec.nn.item_table import ItemTable

EXPERT_STD = 0.02
"""The standard deviation of the initial weights of experts, as a multiple of the plain map's diagonal."""


class TextAdaptor(ItemTable):
    """A map from frozen vectors to embeddings.

    Args:
        n_items: The number of items.
        dim: The width of vectors and embeddings.
        n_experts: The number of experts besides the plain map; 0 for the map alone.
        ids: Whether each item has a learned embedding besides.
        id_dropout: The share of these that each training step leaves out.
    """

    covers_untrained = True
    vectors: Float[Tensor, "n_items dim"]

    def __init__(self, n_items: int, dim: int, *, n_experts: int, ids: bool, id_dropout: float) -> None:
        super().__init__()
        self.id_dropout = id_dropout
        self.num_embeddings, self.embedding_dim = n_items, dim
        self.register_buffer("vectors", torch.zeros(n_items, dim))
        self.map = nn.Linear(dim, dim)
        self.experts = nn.ModuleList(nn.Linear(dim, dim) for _ in range(n_experts))
        self.gate = nn.Linear(dim, n_experts) if n_experts else None
        self.ids = nn.Embedding(n_items, dim) if ids else None
        self._cached: Tensor | None = None
        self.register_load_state_dict_post_hook(lambda module, _: module.forget())  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def begin(self, vectors: Float[Tensor, "n_items dim"], *, raw: bool) -> None:
        """Takes the vectors, and sets the weights so that embeddings are the vectors, scaled unless they are `raw`."""
        self.vectors.copy_(vectors)
        nn.init.eye_(self.map.weight)
        if not raw:
            self.map.weight *= ITEM_STD * self.embedding_dim**0.5 / vectors.norm(dim=1).mean()
        nn.init.zeros_(self.map.bias)
        for expert in self.experts:
            assert isinstance(expert, nn.Linear)
            nn.init.normal_(expert.weight, std=EXPERT_STD * float(self.map.weight[0, 0]))
        if self.gate is not None:
            nn.init.zeros_(self.gate.weight)
        if self.ids is not None:
            nn.init.zeros_(self.ids.weight)

    def begin_from(
        self,
        earlier: Mapping[str, Tensor],
        rows: Int64[Tensor, " n_items"],
        *,
        informed: bool,  # noqa: ARG002 - it always is
    ) -> None:
        """Takes the maps, so adapted that they read the vectors of today as they read those of the earlier table.

        A reducer that was fitted again has turned the vectors. The maps are composed with the affine map that leads
        from the vectors that known items have today to those that they had. The id embedding of a new item is zero.
        """
        known = rows >= 0
        vectors = self.vectors.clone()
        to_earlier = fit_affine(vectors[known], earlier["vectors"][rows[known]])
        own = {name: weight for name, weight in earlier.items() if name not in {"vectors", "ids.weight"}}
        self.load_state_dict({**self.state_dict(), **own})
        maps = [self.map, *self.experts, *([] if self.gate is None else [self.gate])]
        for linear in maps:
            assert isinstance(linear, nn.Linear)
            linear.bias.add_(linear.weight @ to_earlier.shift)
            linear.weight.copy_(linear.weight @ to_earlier.weight.T)
        if self.ids is not None:
            self.ids.weight[known] = earlier["ids.weight"][rows[known]]
        self.forget()

    def forward(self, items: Int64[Tensor, "*shape"]) -> Float[Tensor, "*shape dim"]:
        """Returns the embeddings of some items."""
        if not self.training:
            return self.table[items]
        mapped = self._mapped(self.vectors[items])
        return mapped if self.ids is None else mapped + self._some(self.ids(items))

    @property
    def table(self) -> Float[Tensor, "n_items dim"]:
        """The embeddings of all items. Between trainings they are computed once."""
        if self.training:
            return self._table()
        if self._cached is None:
            with torch.no_grad():
                self._cached = self._table()
        return self._cached

    @property
    def table_bytes(self) -> int:
        """The bytes that a training step keeps in order to compute all embeddings and their gradient."""
        return (3 + 2 * len(self.experts)) * self.vectors.nbytes

    def train(self, mode: bool = True) -> "TextAdaptor":  # noqa: FBT001, FBT002 - PyTorch's signature
        """Switches between training and answering; weights that change make the embeddings new."""
        self.forget()
        return super().train(mode)

    def forget(self) -> None:
        """Forgets the embeddings that were computed from weights which have changed."""
        self._cached = None

    def _table(self) -> Float[Tensor, "n_items dim"]:
        mapped = self._mapped(self.vectors)
        return mapped if self.ids is None else mapped + self._some(self.ids.weight)

    def _some(self, own: Float[Tensor, "*shape dim"]) -> Float[Tensor, "*shape dim"]:
        """Returns id embeddings, in training without some of them; the others keep their size."""
        if not self.training or not self.id_dropout:
            return own
        return own * (torch.rand(own.shape[:-1], device=own.device) >= self.id_dropout)[..., None]

    def _mapped(self, vectors: Float[Tensor, "*shape dim"]) -> Float[Tensor, "*shape dim"]:
        mapped: Tensor = self.map(vectors)
        if self.gate is not None:
            shares = self.gate(vectors).softmax(-1)
            for number, expert in enumerate(self.experts):
                mapped = mapped + shares[..., number, None] * expert(vectors)
        # Stored embeddings have this type, whatever the precision of products is.
        return mapped.float()

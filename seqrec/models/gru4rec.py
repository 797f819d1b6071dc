"""GRU4Rec: a recurrent network over the items of a sequence (Hidasi et al. 2016).

As in Harte et al. 2023, batches consist of whole sequences, every position is predicted, and the loss is softmax
cross-entropy over the whole catalogue. There are no session-parallel batches and no pairwise loss, and negatives
are sampled only if `loss` says so. Where we deviate from their code:

* padding is masked;
* every item has a learned bias (`head.bias`);
* the dense layer back to the width of the table has no activation (`head.activation` adds a layer with one);
* recurrent matrices are initialised orthogonally.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar, Literal

from jaxtyping import Float, Int64
from pydantic import PositiveInt
from torch import Tensor, nn

from seqrec.models.neural import NeuralConfig
from seqrec.nn.dropout import Dropout
from seqrec.nn.network import NextItemNetwork
from seqrec.tuning.dimensions import Choice, Dimension, Whole


class Config(NeuralConfig):
    """GRU4Rec, a recurrent network (Hidasi et al. 2016)."""

    name: Literal["gru4rec"] = "gru4rec"
    hidden_dim: PositiveInt = 256
    """The width of the recurrent state."""
    n_layers: PositiveInt = 1
    """The number of recurrent layers."""

    search_space: ClassVar[Mapping[str, Dimension]] = {
        **NeuralConfig.search_space,
        "hidden_dim": Choice(options=(64, 128, 256)),
        "n_layers": Whole(low=1, high=2),
    }

    def network(self, n_items: int) -> "GRU4Rec":
        """Returns the network over `n_items` items."""
        return GRU4Rec(self, n_items)


class GRU4Rec(NextItemNetwork):
    """Item embeddings, followed by GRU layers and a dense layer back to the width of the table."""

    def __init__(self, config: Config, n_items: int) -> None:
        super().__init__(config.item_table.build(n_items, config.dim), config.max_len, config.head, config.loss)
        self.input_dropout, self.dropout = Dropout(config.input_rate), Dropout(config.dropout)
        # One module per layer: dropout inside cuDNN draws from its own generator, which our seeds do not control.
        widths = [config.dim, *[config.hidden_dim] * config.n_layers]
        self.layers = nn.ModuleList(nn.GRU(*pair, batch_first=True) for pair in pairwise(widths))
        self.project = nn.Linear(config.hidden_dim, config.dim)

    def states(
        self,
        items: Int64[Tensor, "n_rows width"],
        lengths: Int64[Tensor, " n_rows"],  # noqa: ARG002 - only attention needs to know
    ) -> Float[Tensor, "n_rows width dim"]:
        """Returns the hidden states. Padding comes last, so it cannot affect real positions."""
        hidden = self.input_dropout(self.items(items))
        for layer in self.layers:
            hidden = self.dropout(layer(hidden)[0])
        projected: Tensor = self.project(hidden)
        return projected

    def activation_bytes(self, n_rows: int, width: int) -> int:
        """Returns a fifth less than the default, as measured, since there are no residuals and no norms."""
        return super().activation_bytes(n_rows, width) * 4 // 5

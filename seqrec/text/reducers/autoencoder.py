"""A linear autoencoder, one of the reductions that Boz et al. 2024 search over."""

from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float64
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn
from torch.nn import functional

from seqrec.digest import generator_from, seed_from
from seqrec.text.reducers.affine import Map, UnsupervisedConfig
from seqrec.training.rng import IsolatedRng


class Config(UnsupervisedConfig):
    """Layers without activations that are trained to give back their input through a bottleneck.

    As in the authors' code, widths double from the bottleneck up to that of the input, the decoder mirrors the encoder,
    and the error is the mean square, minimised by Adam for three epochs. Without activations, all that it can learn is
    the subspace of PCA; how it is scaled, and how far training gets, is what differs.
    """

    name: Literal["autoencoder"] = "autoencoder"
    epochs: PositiveInt = 3
    """The number of passes over the vectors."""
    batch_size: PositiveInt = 512
    """The number of vectors per step."""
    lr: PositiveFloat = 1e-3
    """The learning rate of Adam."""
    weight_decay: NonNegativeFloat = 0.0
    """The L2 penalty of the weights."""
    seed: int = 0
    """The seed of the first weights and of the order of the vectors."""

    def find(self, scope: Float64[np.ndarray, "n width"]) -> Map:
        """Returns the encoder, whose layers are one affine map."""
        data = torch.from_numpy(scope.astype(np.float32))
        widths = self._widths(scope.shape[1])
        order = generator_from("autoencoder", self.seed)
        with IsolatedRng(seed_from(self.seed, "autoencoder"), torch.device("cpu")), torch.enable_grad():
            encoder = nn.Sequential(*(nn.Linear(*pair) for pair in pairwise(widths)))
            decoder = nn.Sequential(*(nn.Linear(*pair) for pair in pairwise(widths[::-1])))
            weights = [*encoder.parameters(), *decoder.parameters()]
            optimiser = torch.optim.Adam(weights, lr=self.lr, weight_decay=self.weight_decay)
            for _ in range(self.epochs):
                for rows in torch.split(torch.from_numpy(order.permutation(len(data))), self.batch_size):
                    optimiser.zero_grad()
                    loss = functional.mse_loss(decoder(encoder(data[rows])), data[rows])
                    torch.autograd.backward(loss)
                    optimiser.step()
        with torch.no_grad():
            encoder = encoder.double()
            offset = encoder(torch.zeros(1, widths[0], dtype=torch.float64))[0]
            components = encoder(torch.eye(widths[0], dtype=torch.float64)) - offset
        return components.T.numpy(), -offset.numpy()

    def _widths(self, width: int) -> list[int]:
        """Returns the widths of the encoder's layers, from the input to the bottleneck."""
        hidden = [self.dim]
        while hidden[-1] * 2 < width:
            hidden.append(hidden[-1] * 2)
        return [width, *hidden[::-1]]

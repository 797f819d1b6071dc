"""Matrices decay, embedding tables do so on request, and one step equals that of AdamW."""

import torch

from seqrec.training.config import TrainingConfig
from seqrec.training.optimiser import build_optimiser
from tests.seqrec.training.toy import Successor


def test_biases_norms_and_tables_do_not_decay() -> None:
    network = Successor()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimiser = build_optimiser(network, TrainingConfig(lr=0.1, weight_decay=0.5))
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    decayed = {name for name, p in network.named_parameters() if not torch.equal(p, before[name])}
    assert decayed == {"hidden.weight", "out.weight"}
    torch.testing.assert_close(network.out.weight.detach(), before["out.weight"] * (1 - 0.1 * 0.5))


def test_tables_decay_if_requested() -> None:
    network = Successor()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimiser = build_optimiser(network, TrainingConfig(lr=0.1, weight_decay=0.5, decay_embeddings=True))
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    decayed = {name for name, p in network.named_parameters() if not torch.equal(p, before[name])}
    assert decayed == {"items.weight", "hidden.weight", "out.weight"}
    torch.testing.assert_close(network.items.weight.detach(), before["items.weight"] * (1 - 0.1 * 0.5))


def test_every_parameter_is_stepped() -> None:
    network = Successor()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimiser = build_optimiser(network, TrainingConfig(lr=0.1))
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimiser.step()
    for name, parameter in network.named_parameters():
        # The first step of Adam is lr times the sign of the gradient.
        torch.testing.assert_close(parameter.detach(), before[name] - 0.1)

"""The batches for a GPU, which are wider and contain masked positions, teach a network the same."""

import pytest
import torch

from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.neural import NeuralConfig
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.init import initialise
from seqrec.training.batches import Batch

CONFIGS = [
    SASRec(dim=8, max_len=12, dropout=0.0),
    GRU4Rec(dim=8, max_len=12, dropout=0.0, hidden_dim=8),
    BERT4Rec(dim=8, max_len=12, dropout=0.0),
]


@pytest.mark.parametrize("config", CONFIGS, ids=[config.name for config in CONFIGS])
def test_columns_of_padding_change_neither_loss_nor_gradient(
    config: NeuralConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network = config.network(20)
    initialise(network)
    lengths = torch.tensor([2, 5, 4])
    items = torch.randint(20, (3, 5)) * (torch.arange(5) < lengths[:, None])
    hidden = torch.rand(3, 5) < 0.5
    found = []
    for width in (5, 8):
        wider = torch.nn.functional.pad(items, (0, width - 5))
        if config.name == "bert4rec":
            masks = torch.nn.functional.pad(hidden & (torch.arange(5) < lengths[:, None]), (0, width - 5))
            monkeypatch.setattr(network, "_draw_masks", lambda _, masks=masks: masks)
        network.zero_grad()
        loss = network.loss(Batch(wider, lengths))
        loss.value.backward()
        found.append([loss.value.detach(), *(parameter.grad for parameter in network.parameters())])
    for narrow, wide in zip(*found, strict=True):
        torch.testing.assert_close(wide, narrow, rtol=1e-4, atol=1e-6)

"""The head and the loss that next-item networks share."""

import torch

from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.nn.head import Head, transform_of
from seqrec.nn.init import initialise
from seqrec.nn.losses.softmax import cross_entropy
from seqrec.training.batches import Batch


def test_loss_is_the_mean_over_all_items_but_the_first_of_each_row() -> None:
    network = GRU4Rec(dim=4, hidden_dim=4, dropout=0.0).network(6)
    initialise(network)
    batch = Batch(torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.tensor([3, 2]))
    loss = network.loss(batch)
    states = torch.stack(
        [network.queries(Batch(torch.tensor([row]), torch.tensor([len(row)])))[0] for row in ([1], [1, 2], [4])]
    )
    expected = cross_entropy(states, network.table, network.bias, torch.tensor([2, 3, 5]))
    assert loss.n_positions == 3
    torch.testing.assert_close(loss.value, expected)


def test_loss_of_the_last_item_alone() -> None:
    network = GRU4Rec(dim=4, hidden_dim=4, dropout=0.0).network(6)
    initialise(network)
    batch = Batch(torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.tensor([3, 2]), only_last=True)
    loss = network.loss(batch)
    prompts = Batch(torch.tensor([[1, 2], [4, 0]]), torch.tensor([2, 1]))
    expected = cross_entropy(network.queries(prompts), network.table, network.bias, torch.tensor([3, 5]))
    assert loss.n_positions == 2
    torch.testing.assert_close(loss.value, expected)


def test_positions_left_out_and_positions_that_do_not_count_are_the_same() -> None:
    network = GRU4Rec(dim=4, hidden_dim=4, dropout=0.0).network(6)
    initialise(network)
    queries, targets = torch.randn(2, 3, 4), torch.tensor([[1, 2, 3], [4, 5, 0]])
    counted = torch.tensor([[True, True, True], [True, False, False]])
    left_out = network.mean_loss(queries, targets, counted)
    # The code path of a GPU, which does not wait for the number of positions.
    masked = network.criterion(queries.flatten(0, 1), network.table, network.bias, targets.flatten(), counted.flatten())
    assert left_out.n_positions == 4
    torch.testing.assert_close(left_out.value, masked)


def test_an_empty_prompt_has_a_zero_query() -> None:
    network = GRU4Rec(dim=4, hidden_dim=4).network(6).eval()
    initialise(network)
    queries = network.queries(Batch(torch.tensor([[0], [3]]), torch.tensor([0, 1])))
    assert not queries[0].any()
    assert queries[1].any()


def test_head_without_activation_is_the_identity() -> None:
    hidden = torch.randn(2, 3)
    assert transform_of(Head(), 3)(hidden) is hidden
    assert (transform_of(Head(activation="relu"), 3)(hidden) >= 0).all()


def test_bias_is_optional() -> None:
    assert GRU4Rec(head=Head(bias=False)).network(5).bias is None
    assert GRU4Rec().network(5).bias.shape == (5,)

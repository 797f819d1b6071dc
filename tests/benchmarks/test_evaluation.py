"""The pieces of the table run at a small size."""

import torch

from benchmarks.evaluation import NEIGHBOURS, Factors, cases, metrics, neighbours, products, ranking
from seqrec.evaluation.tiles import Scorer


def test_the_pieces_run():
    found = ranking(50, 40, 8, "cpu", 1)
    assert found.product_s is not None
    assert 0 < found.product_s < 60
    assert found.wall_s > 0
    assert metrics(100).wall_s > 0


def test_neighbours_of_generated_interactions_are_found():
    assert neighbours(next(iter(NEIGHBOURS)), None).wall_s > 0


def test_factors_are_a_scorer_of_products():
    model = Factors(torch.eye(3), torch.arange(12.0).view(4, 3))
    assert isinstance(model, Scorer)
    split = cases(3, 4)
    scores = model.score(model.encode(split.test.prompts, split.training.rules), 1, 3)
    assert scores.tolist() == [[3.0, 6.0], [4.0, 7.0], [5.0, 8.0]]
    products(model)

from seqrec.models.most_popular import Config
from tests.seqrec.models.fitted import fitted, scores_of
from tests.synthetic import sequences_of, split_of


def test_counts_training_interactions_for_every_prompt() -> None:
    split = split_of([[0, 1, 1], [1, 2]], [[2, 3]], [[0, 1]], n_items=5)
    model = fitted(Config(), split)
    assert scores_of(model, sequences_of([[0], [3, 4]]), 5).tolist() == [[1, 3, 2, 1, 0]] * 2


def test_another_seed_changes_nothing() -> None:
    assert not Config().stochastic

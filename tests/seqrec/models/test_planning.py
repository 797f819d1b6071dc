"""A training that does not fit is refused, with ways out that work."""

from collections.abc import Callable

import pytest
import torch

from seqrec.errors import TrainingError
from seqrec.models.item_init import ItemInit
from seqrec.models.planning import SHARE, check_fits
from seqrec.models.sasrec import Config
from seqrec.overrides import override
from seqrec.text.source import VectorSource
from seqrec.training.config import TrainingConfig
from seqrec.training.footprint import GIB, Footprint
from seqrec.types import Run
from tests.synthetic import chain_split

CONFIG = Config(dim=64, max_len=50, training=TrainingConfig(batch_size=256))


def footprint(config: Config) -> Footprint:
    """Weights by width, and a step by width, length and batch: 4 GiB and 16 GiB of the model above."""
    weights = config.dim * GIB // 16
    step = 16 * GIB * config.dim * config.max_len * config.training.batch_size // (64 * 50 * 256)
    return Footprint(weights, 0, 0, 0, 0, step, 0, 0)


def with_setting(assignments: str) -> Config:
    return Config.model_validate(override(CONFIG.model_dump(), Config, assignments.split(" and ")))


def refusal(free: int, config: Config = CONFIG, of: Callable[[Config], Footprint] = footprint) -> TrainingError:
    with pytest.raises(TrainingError) as caught:
        check_fits(config, of, free, "cpu")
    return caught.value


def test_what_fits_is_let_through() -> None:
    assert check_fits(CONFIG, footprint, int(20 * GIB / SHARE) + 1, "cpu") == footprint(CONFIG)


def test_a_refusal_names_the_model_and_what_it_takes_and_what_there_is() -> None:
    error = refusal(20 * GIB)
    assert error.subject == "model sasrec"
    assert error.got == "a training that takes about 20.00 GiB (step 16.00, weights 4.00)"
    assert error.expected == "at most 18.00 GiB, 90% of what is free on cpu"


@pytest.mark.parametrize(
    ("free_gib", "remedy"),
    [
        (20, "training.batch_size=128, or max_len=25, or dim=32"),
        (10, "training.batch_size=64, or max_len=12, or dim=16"),
        (6, "training.batch_size=16, or dim=16"),
        (4, "dim=8"),
        (1, "training.batch_size=32 and max_len=8 and dim=8"),
    ],
)
def test_proposes_the_mildest_settings_that_fit(free_gib: int, remedy: str) -> None:
    assert refusal(free_gib * GIB).remedy == f"This would fit: {remedy}."


@pytest.mark.parametrize("free_gib", [19, 12, 7, 5, 3, 1])
def test_every_proposal_fits_when_it_is_followed(free_gib: int) -> None:
    free = free_gib * GIB
    ways = refusal(free).remedy.removeprefix("This would fit: ").removesuffix(".").split(", or ")
    for way in ways:
        assert check_fits(with_setting(way), footprint, free, "cpu")


def test_a_width_that_vectors_decide_is_not_proposed() -> None:
    config = CONFIG.model_copy(update={"item_init": ItemInit(source=VectorSource(encoder="some"))})
    assert refusal(20 * GIB, config).remedy == "This would fit: training.batch_size=128, or max_len=25."


def test_values_that_the_model_refuses_are_not_proposed() -> None:
    error = refusal(
        15 * GIB,
        Config(dim=60, n_heads=4, max_len=8, training=TrainingConfig(batch_size=8)),
        lambda config: Footprint(config.dim * GIB, 0, 0, 0, 0, 0, 0, 0),
    )
    assert "dim" in error.remedy
    assert "dim=30" not in error.remedy
    assert "dim=15" not in error.remedy


def test_where_nothing_helps_the_way_out_is_another_machine() -> None:
    error = refusal(9 * GIB, of=lambda config: Footprint(18 * GIB, 0, 0, 0, 0, 0, 0, 0))
    assert error.remedy == "It takes 20.00 GiB that are free, or a smaller catalogue."


def test_a_fit_refuses_before_it_allocates(monkeypatch) -> None:
    monkeypatch.setattr("seqrec.models.neural.free_bytes", lambda device: 10_000)
    split = chain_split()
    recommender = Config(dim=8, max_len=8, n_layers=1, training=TrainingConfig(batch_size=8)).build(split.n_items)
    with pytest.raises(TrainingError, match="model sasrec: got a training that takes about"):
        next(recommender.fit(split, None, Run(0, torch.device("cpu"))))
    assert recommender.checkpoint() is None


def test_a_fit_says_what_it_was_expected_to_take() -> None:
    split = chain_split(n_train=20, n_valid=5, n_test=5)
    recommender = Config(dim=16, training=TrainingConfig(max_epochs=1)).build(split.n_items)
    assert recommender.footprint is None
    list(recommender.fit(split, None, Run(0, torch.device("cpu"))))
    assert recommender.footprint is not None
    assert recommender.footprint.weights == 4 * recommender.n_parameters

"""A training that does not fit ends in an error with settings that would, on a CPU before it begins."""

from collections.abc import Callable

import pytest
import torch

from seqrec.config.overrides import override
from seqrec.errors import TrainingError
from seqrec.models.base import Ingredients
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.item_init import ItemInit
from seqrec.models.neural import NeuralConfig
from seqrec.models.out_of_memory import SHARE, check_fits, out_of_memory
from seqrec.models.sasrec import Config
from seqrec.text.source import VectorSource
from seqrec.training.batches import Batch
from seqrec.training.config import TrainingConfig
from seqrec.training.footprint import GIB, Footprint
from seqrec.training.network import MeanLoss
from seqrec.training.step import Step
from tests.seqrec.models.neural_cases import RUN
from tests.synthetic import chain_split

CONFIG = Config(dim=64, max_len=50, training=TrainingConfig(batch_size=256))
SPLIT = chain_split(n_items=200)
SMALL = TrainingConfig(batch_size=64, max_epochs=1, precision="float32")
REAL: list[NeuralConfig] = [
    Config(dim=64, max_len=16, training=SMALL),
    GRU4Rec(dim=64, hidden_dim=32, max_len=16, training=SMALL),
    BERT4Rec(dim=64, max_len=16, training=SMALL),
]


def footprint(weights: int, activations: int = 0) -> Footprint:
    return Footprint(weights, 0, 0, 0, 0, activations, 0, 0, 0, 0)


def estimate(config: Config) -> Footprint:
    """Weights by width, and a step by width, length and batch: 4 GiB and 16 GiB of the model above."""
    weights = config.dim * GIB // 16
    return footprint(weights, 16 * GIB * config.dim * config.max_len * config.training.batch_size // (64 * 50 * 256))


def ways_out(error: TrainingError) -> list[str]:
    """The assignments that an error proposes."""
    words = error.remedy.removeprefix("This would fit: ").removeprefix("Try ")
    assert words != error.remedy
    return words.removesuffix(".").split(", or ")


def with_settings(config: NeuralConfig, assignments: str) -> NeuralConfig:
    return type(config).model_validate(override(config.model_dump(), type(config), assignments.split(" and ")))


def refusal(free: float, config: Config = CONFIG, by: Callable[[Config], Footprint] = estimate) -> TrainingError:
    with pytest.raises(TrainingError) as caught:
        check_fits(config, by, int(free))
    return caught.value


def test_what_fits_is_let_through() -> None:
    assert check_fits(CONFIG, estimate, int(20 * GIB / SHARE) + 1) == estimate(CONFIG)


def test_a_refusal_names_the_model_and_what_it_takes_and_what_there_is() -> None:
    error = refusal(20 * GIB)
    assert error.subject == "model sasrec"
    assert error.got == "a training that needs about 20.00 GiB (activations 16.00, weights 4.00)"
    assert error.expected == "at most 18.00 GiB, 90% of the free memory of the CPU"


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
    for way in ways_out(refusal(free_gib * GIB)):
        assert check_fits(with_settings(CONFIG, way), estimate, free_gib * GIB)


def test_a_width_that_vectors_decide_is_not_proposed() -> None:
    config = CONFIG.model_copy(update={"item_init": ItemInit(source=VectorSource(encoder="some"))})
    assert refusal(20 * GIB, config).remedy == "This would fit: training.batch_size=128, or max_len=25."
    assert ways_out(out_of_memory(config, estimate, 20 * GIB, RUN.device)) == ["training.batch_size=128", "max_len=25"]


def test_values_that_the_model_refuses_are_not_proposed() -> None:
    config = Config(dim=60, n_heads=4, max_len=8, training=TrainingConfig(batch_size=8))
    assert refusal(15 * GIB, config, lambda it: footprint(it.dim * GIB)).remedy == "This would fit: dim=8."


def test_where_nothing_helps_the_way_out_is_another_machine() -> None:
    error = refusal(9 * GIB, by=lambda config: footprint(18 * GIB))
    assert error.remedy == "Free 20.00 GiB of memory, or use a smaller catalogue."
    error = out_of_memory(CONFIG, lambda config: footprint(18 * GIB), 9 * GIB, torch.device("cuda"))
    assert error.remedy == "Train it on a device with more memory, or on a smaller catalogue."


@pytest.mark.parametrize(
    ("free_gib", "remedy"),
    [
        # By the estimate it takes 20 GiB: to fit into 10, its steps have to take a quarter.
        (10, "training.batch_size=64, or max_len=12, or dim=16"),
        # By the estimate it would have fitted.
        (80, "training.batch_size=128, or max_len=25, or dim=32"),
    ],
)
def test_the_error_of_a_full_gpu_says_how_much_smaller_a_training_has_to_be(free_gib: int, remedy: str) -> None:
    error = out_of_memory(CONFIG, estimate, free_gib * GIB, torch.device("cuda:1"))
    assert error.subject == "model sasrec"
    assert error.got == "a training that ran out of memory on cuda:1"
    assert error.expected == f"at most {free_gib}.00 GiB, the free memory when it began"
    assert error.remedy == f"Try {remedy}."


def test_what_would_hardly_be_smaller_is_not_proposed_though_it_fits_by_the_estimate() -> None:
    def mostly_weights(config: Config) -> Footprint:
        return footprint(19 * GIB * config.dim // 64, GIB * config.training.batch_size // 256)

    assert ways_out(out_of_memory(CONFIG, mostly_weights, 80 * GIB, torch.device("cuda"))) == ["dim=32"]


@pytest.mark.parametrize("config", REAL, ids=lambda config: config.name)
@pytest.mark.parametrize("share", [0.95, 0.6])
def test_a_refused_training_names_settings_that_are_accepted(
    config: NeuralConfig, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = config.build(SPLIT.n_items)._estimate(SPLIT.training, config)
    free = int((needed.libraries + share * (needed.total - needed.libraries)) / SHARE)
    monkeypatch.setattr("seqrec.models.neural.free_bytes", lambda device: free)
    refused = config.build(SPLIT.n_items)
    with pytest.raises(TrainingError, match=f"model {config.name}: got a training that needs about") as caught:
        next(refused.fit(SPLIT.training, Ingredients(), RUN))
    # Nothing was allocated.
    assert refused.checkpoint() is None
    for way in ways_out(caught.value):
        smaller = with_settings(config, way).build(SPLIT.n_items)
        list(smaller.fit(SPLIT.training, Ingredients(), RUN))
        assert smaller.footprint.total <= SHARE * free


@pytest.mark.parametrize("config", REAL, ids=lambda config: config.name)
def test_an_out_of_memory_error_of_a_step_becomes_the_way_out(
    config: NeuralConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(self: Step, batch: Batch) -> MeanLoss:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    monkeypatch.setattr(Step, "__call__", step)
    model = config.build(SPLIT.n_items)
    with pytest.raises(TrainingError, match="ran out of memory on cpu") as caught:
        next(model.fit(SPLIT.training, Ingredients(), RUN))
    assert isinstance(caught.value.__cause__, torch.cuda.OutOfMemoryError)
    # Its frames would keep alive what was too much.
    assert caught.value.__cause__.__traceback__ is None

    def of_tensors(it: NeuralConfig) -> int:
        needed = model._estimate(SPLIT.training, it)
        return needed.total - needed.libraries

    for way in ways_out(caught.value):
        assert of_tensors(with_settings(config, way)) <= SHARE * of_tensors(config)

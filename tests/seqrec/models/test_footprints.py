"""What a training is expected to take, against what its tensors take, and as its sizes grow."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.experiment_file import load_experiment
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.footprints import Sizes, footprint_of
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.neural import PROMPTS_PER_BATCH, NeuralConfig, NeuralRecommender
from seqrec.models.planning import check_fits
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.losses import AnyLoss
from seqrec.nn.losses.gbce import Config as Gbce
from seqrec.nn.losses.sampled_softmax import Config as SampledSoftmax
from seqrec.nn.losses.softmax import Config as Softmax
from seqrec.training.batches import Packed
from seqrec.training.bucketing import Windows
from seqrec.training.config import TrainingConfig
from seqrec.training.distributed import ProcessGroup
from seqrec.training.footprint import Footprint
from seqrec.training.tensor_memory import TensorMemory
from seqrec.types import Run, Split
from tests.synthetic import sequences_of, split_of

CPU = torch.device("cpu")
SHIPPED = Path(__file__).parents[3] / "deployments" / "experiments"
N_SEQUENCES = 500


def of_length(length: int, n: int) -> tuple[int, ...]:
    """Numbers of sequences by their length: `n` of one length."""
    return (*[0] * length, n)


SIZES = Sizes(n_items=2000, n_sequences=(of_length(40, N_SEQUENCES),), n_cases=100)

MODELS: dict[str, type[NeuralConfig]] = {"sasrec": SASRec, "gru4rec": GRU4Rec, "bert4rec": BERT4Rec}
LOSSES: dict[str, AnyLoss] = {
    "softmax": Softmax(),
    "sampled": SampledSoftmax(n_negatives=64),
    "popular": SampledSoftmax(n_negatives=64, sampling="popularity"),
    "gbce": Gbce(n_negatives=32),
}


def expected(config: NeuralConfig, sizes: Sizes = SIZES) -> Footprint:
    return footprint_of(config, sizes, CPU, PROMPTS_PER_BATCH["cpu"])


def peak_bytes(config: NeuralConfig, split: Split, monkeypatch: pytest.MonkeyPatch) -> int:
    """What the tensors of a training take in the end."""
    # Those of the rehearsal, which take nothing, would be counted too.
    monkeypatch.setattr(NeuralRecommender, "_plan", lambda self, split, run: None)
    model = config.build(split.n_items)
    with TensorMemory() as live:
        for _ in model.fit(split, None, Run(0, CPU)):
            model.checkpoint()
    return live.peak_bytes


def long_split(n_items: int, n_sequences: int, length: int) -> Split:
    rows = np.random.default_rng(0).integers(n_items, size=(n_sequences + 20, length)).tolist()
    return split_of(rows[:n_sequences], rows[n_sequences:], rows[:20], n_items)


@pytest.mark.parametrize(
    ("model", "loss", "n_items", "dim", "max_len", "batch_size"),
    [
        ("sasrec", "softmax", 3000, 32, 8, 16),
        ("sasrec", "softmax", 300, 16, 40, 64),
        ("sasrec", "sampled", 1000, 16, 20, 64),
        ("sasrec", "popular", 1000, 16, 20, 64),
        ("sasrec", "gbce", 1000, 16, 20, 64),
        ("gru4rec", "softmax", 3000, 32, 8, 16),
        ("gru4rec", "softmax", 300, 64, 12, 128),
        ("bert4rec", "softmax", 3000, 32, 8, 16),
        ("bert4rec", "softmax", 300, 16, 40, 64),
    ],
)
def test_foresees_the_tensors_of_a_training(
    model: str, loss: str, n_items: int, dim: int, max_len: int, batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = TrainingConfig(batch_size=batch_size, max_epochs=2, precision="float32")
    config = MODELS[model](dim=dim, max_len=max_len, training=training, loss=LOSSES[loss])
    split = long_split(n_items, n_sequences=2 * batch_size, length=max_len + 1)
    footprint = expected(config, Sizes.of(split))
    assert 0.7 < (footprint.total - footprint.libraries) / peak_bytes(config, split, monkeypatch) < 1.5


@pytest.mark.parametrize("model", MODELS)
def test_foresees_the_tensors_of_a_training_on_prefixes(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    training = TrainingConfig(batch_size=64, max_epochs=2, precision="float32", windows="prefixes")
    config = MODELS[model](dim=16, max_len=30, training=training)
    split = long_split(1000, n_sequences=30, length=40)
    footprint = expected(config, Sizes.of(split))
    assert 0.7 < (footprint.total - footprint.libraries) / peak_bytes(config, split, monkeypatch) < 1.5


@pytest.mark.parametrize("windows", ["last", "prefixes"])
def test_windows_are_counted_as_batches_have_them(windows: Windows) -> None:
    split = split_of([[1] * n for n in (1, 2, 3, 3, 9, 30)], [[1]], [[1]], n_items=2)
    packed = Packed(split.training.fit, 12, CPU, windows)
    (n_windows,) = Sizes.of(split).n_windows(windows, 12)
    assert n_windows.tolist() == np.bincount(packed.lengths).tolist()


@pytest.mark.parametrize("model", MODELS)
def test_foresees_the_tensors_where_lengths_differ_and_a_phase_has_other_ones(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The long sequences make the largest batches of one phase, and in the other there are many short ones beside."""
    rng = np.random.default_rng(0)
    long, short = ([rng.integers(300, size=n).tolist() for n in lengths] for lengths in ([50] * 200, [2] * 2000))
    config = MODELS[model](
        dim=16, max_len=50, training=TrainingConfig(batch_size=64, max_epochs=1, precision="float32")
    )
    split = replace(split_of(long, long[:20], long[:20], 300), refit=True, train=sequences_of([*long, *short]))
    footprint = expected(config, Sizes.of(split))
    assert 0.7 < (footprint.total - footprint.libraries) / peak_bytes(config, split, monkeypatch) < 1.5


def test_a_batch_that_cannot_be_is_not_provided_for() -> None:
    config = SASRec(dim=16, max_len=50, training=TrainingConfig(batch_size=64))
    one_short = (*of_length(2, 1), *of_length(47, 1000))
    alike = [expected(config, replace(SIZES, n_sequences=(phase,))).step for phase in (of_length(50, 1000), one_short)]
    assert alike[1] == pytest.approx(alike[0], rel=0.02)


def test_parts_are_those_of_the_weights() -> None:
    config = SASRec(dim=16, max_len=10)
    footprint = expected(config)
    weights = 4 * sum(parameter.numel() for parameter in config.network(SIZES.n_items).parameters())
    assert footprint.weights == footprint.gradients == weights
    assert footprint.optimiser == pytest.approx(2 * weights, rel=0.01)
    assert footprint.copies == 2 * weights
    assert footprint.checkpoint == pytest.approx(4 * weights, rel=0.01)


def test_sizes_are_those_of_each_phase_and_of_the_larger_set_of_cases() -> None:
    split = split_of([[0, 1, 2]], [[3, 4], [1, 2, 3, 4]], [[0, 1]], n_items=6)
    sizes = Sizes.of(split)
    assert sizes == Sizes(n_items=6, n_sequences=((0, 0, 0, 1),), n_cases=2)
    assert sizes.n_events == 3
    both = Sizes.of(replace(split, refit=True))
    assert both.n_sequences == ((0, 0, 0, 1), (0, 0, 1, 1, 1))
    assert both.n_events == 9


def test_processes_that_train_together_share_a_batch(monkeypatch) -> None:
    config = SASRec(dim=16, training=TrainingConfig(batch_size=256))
    alone = expected(config)
    half = expected(SASRec(dim=16, training=TrainingConfig(batch_size=128)))
    footprint_of.cache_clear()
    monkeypatch.setattr(ProcessGroup, "here", lambda: ProcessGroup(rank=0, size=2))
    assert expected(config) == half
    footprint_of.cache_clear()
    assert half.step < alone.step


@pytest.mark.parametrize("loss", LOSSES)
def test_a_gpu_keeps_room_for_the_largest_step_with_the_chunks_of_its_loss(loss: str) -> None:
    training = TrainingConfig(batch_size=N_SEQUENCES, precision="float32")
    config = SASRec(dim=16, max_len=20, loss=LOSSES[loss], training=training)
    on_cpu, on_gpu = expected(config), footprint_of(config, SIZES, torch.device("cuda"), PROMPTS_PER_BATCH["cpu"])
    network = config.network(SIZES.n_items)
    of_cpu, of_gpu = (
        network.criterion.chunk_bytes(
            N_SEQUENCES * network.window, (SIZES.n_items, 16), torch.device(kind), torch.float32
        )
        for kind in ("cpu", "cuda")
    )
    assert (of_gpu > of_cpu) == (loss in {"softmax", "gbce"})
    assert on_gpu.recorded - on_cpu.step == of_gpu - of_cpu
    assert on_gpu.step == on_gpu.recorded + on_gpu.weights + on_gpu.optimiser
    assert on_gpu.held > on_gpu.recorded
    assert on_cpu.recorded == 0


def test_processes_that_train_together_record_no_steps(monkeypatch) -> None:
    monkeypatch.setattr(ProcessGroup, "here", lambda: ProcessGroup(rank=0, size=2))
    footprint_of.cache_clear()
    config = SASRec(dim=16, training=TrainingConfig(precision="float32"))
    assert footprint_of(config, SIZES, torch.device("cuda"), 512).recorded == 0
    footprint_of.cache_clear()


def test_no_batch_is_larger_than_the_data() -> None:
    config = SASRec(dim=16, max_len=20, n_layers=1)
    few = replace(SIZES, n_sequences=(of_length(3, 4),))
    assert expected(config, few).step < expected(config).step / 4


def test_every_shipped_experiment_fits_into_two_gigabytes() -> None:
    # No public data set of theirs has more of anything; its vectors are there already.
    n_sequences = (*of_length(8, 35_900), *of_length(291, 100))
    sizes = Sizes(n_items=20_100, n_sequences=(n_sequences, n_sequences), n_cases=36_000)
    shipped = [load_experiment(path) for path in SHIPPED.glob("*.toml")]
    networks = {
        model.model_copy(update={"item_init": None})
        for experiment in shipped
        for model in experiment.models.values()
        if isinstance(model, NeuralConfig)
    }
    assert {model.name for model in networks} == set(MODELS)
    assert all(check_fits(model, lambda it: expected(it, sizes), 2 * 10**9, "cpu") for model in networks)


@settings(max_examples=5)
@given(
    model=st.sampled_from(["sasrec", "bert4rec"]),
    n_items=st.integers(100, 1000),
    dim=st.sampled_from([8, 16, 32]),
    max_len=st.integers(3, 6),
    batch_size=st.integers(8, 64),
    grown=st.sampled_from(["n_items", "dim", "max_len", "batch_size"]),
)
def test_more_never_takes_less(model: str, n_items: int, dim: int, max_len: int, batch_size: int, grown: str) -> None:
    small = {"n_items": n_items, "dim": dim, "max_len": max_len, "batch_size": batch_size}

    def total(sizes: dict[str, int]) -> int:
        training = TrainingConfig(batch_size=sizes["batch_size"])
        config = MODELS[model](dim=sizes["dim"], max_len=sizes["max_len"], n_layers=1, training=training)
        return expected(config, replace(SIZES, n_items=sizes["n_items"])).total

    assert total(small) <= total(small | {grown: 2 * small[grown]})

"""Early stopping, refit, exact resume, and a loss of NaN."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

import pytest
import torch

from seqrec.errors import TrainingError
from seqrec.training.config import TrainingConfig
from seqrec.training.engine import Trainer
from seqrec.types import EpochReport, Run, State
from tests.seqrec.training.toy import Diverging, Successor
from tests.synthetic import chain_split, sequences_of

SPLIT = chain_split(n_items=12, n_train=60, n_valid=10, n_test=5)
RUN = Run(seed=3, device=torch.device("cpu"))
CONFIG = TrainingConfig(lr=0.01, batch_size=16, max_epochs=5, patience=5, precision="float32", weight_decay=0.1)


def scripted(*values: float) -> Callable[[], Mapping[str, float]]:
    """Return a validation that reports these values of the metric, one after the other."""
    left = iter(values)
    return lambda: {"ndcg_at_20": next(left)}


def trainer(config: TrainingConfig = CONFIG, run: Run = RUN) -> tuple[Successor, Trainer]:
    network = Successor()
    return network, Trainer("toy", network, config, run)


def plain(reports: Iterator[EpochReport]) -> list[EpochReport]:
    return [replace(report, duration_s=0.0) for report in reports]


def weights(network: Successor) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def test_loss_falls_and_reports_count_from_one() -> None:
    _, engine = trainer(CONFIG.model_copy(update={"max_epochs": 30, "patience": 30}))
    reports = list(engine.train(SPLIT.training.fit, None, scripted(*[i / 100 for i in range(30)])))
    assert [report.epoch for report in reports] == list(range(1, 31))
    assert {report.phase for report in reports} == {"fit"}
    assert reports[-1].loss < 0.5 * reports[0].loss
    assert all(report.duration_s > 0 for report in reports)


def test_may_keep_the_last_weights_instead() -> None:
    network, engine = trainer(CONFIG.model_copy(update={"max_epochs": 4, "patience": 1, "keep": "last"}))
    reports, seen = [], []
    for report in engine.train(SPLIT.training.fit, None, scripted(0.9, 0.3, 0.2, 0.1)):
        reports.append(report)
        seen.append(weights(network))
    assert [report.best_epoch for report in reports] == [1, 2, 3, 4]
    assert all(torch.equal(tensor, seen[3][name]) for name, tensor in network.state_dict().items())


def test_stops_after_patience_and_keeps_the_best_weights() -> None:
    network, engine = trainer(CONFIG.model_copy(update={"max_epochs": 50, "patience": 2}))
    reports, seen = [], []
    for report in engine.train(SPLIT.training.fit, None, scripted(0.1, 0.3, 0.2, 0.3, 0.9)):
        reports.append(report)
        seen.append(weights(network))
    assert [report.best_epoch for report in reports] == [1, 2, 2, 2]
    assert [report.valid["ndcg_at_20"] for report in reports] == [0.1, 0.3, 0.2, 0.3]
    assert all(torch.equal(tensor, seen[1][name]) for name, tensor in network.state_dict().items())
    assert not torch.equal(seen[1]["out.weight"], seen[3]["out.weight"])


def test_refit_starts_anew_on_all_training_data_for_the_best_number_of_epochs() -> None:
    network, engine = trainer(CONFIG.model_copy(update={"max_epochs": 4}))
    start = weights(network)
    reports = list(engine.train(SPLIT.training.fit, SPLIT.training.train, scripted(0.1, 0.2, 0.1, 0.1)))
    assert [(report.phase, report.epoch) for report in reports] == [
        *(("fit", epoch) for epoch in (1, 2, 3, 4)),
        ("refit", 1),
        ("refit", 2),
    ]
    assert not reports[-1].valid
    assert reports[-1].best_epoch == 2
    # The first loss of the refit is that of fresh weights again.
    assert reports[4].loss == pytest.approx(reports[0].loss, rel=0.1)
    assert not torch.equal(network.state_dict()["out.weight"], start["out.weight"])


def test_a_refit_for_a_given_number_of_epochs_is_the_only_training() -> None:
    config = CONFIG.model_copy(update={"max_epochs": 3, "keep": "last"})
    refitted, engine = trainer(config)
    reports = list(engine.train(SPLIT.training.fit, SPLIT.training.train, scripted()))
    assert [(report.phase, report.epoch, report.best_epoch) for report in reports] == [
        ("refit", epoch, 3) for epoch in (1, 2, 3)
    ]
    assert all(not report.valid for report in reports)
    # The same as a refit that follows a selection of as many epochs.
    selected, engine = trainer(config.model_copy(update={"keep": "best"}))
    list(engine.train(SPLIT.training.fit, SPLIT.training.train, scripted(0.1, 0.2, 0.3)))
    assert all(torch.equal(tensor, selected.state_dict()[name]) for name, tensor in refitted.state_dict().items())


@pytest.mark.parametrize("interrupted_after", [1, 2, 3, 4, 5, 6, 7])
def test_resume_is_exact(interrupted_after: int) -> None:
    values = (0.1, 0.2, 0.4, 0.3, 0.2)
    whole_network, whole = trainer()
    undisturbed = plain(whole.train(SPLIT.training.fit, SPLIT.training.train, scripted(*values)))
    assert len(undisturbed) == 8

    _, first = trainer()
    before = plain(islice(first.train(SPLIT.training.fit, SPLIT.training.train, scripted(*values)), interrupted_after))
    state = first.checkpoint()
    del first
    torch.rand(7)  # The generators of the resuming process are in another state.
    resumed_network, second = trainer()
    second.resume(state)
    after = plain(second.train(SPLIT.training.fit, SPLIT.training.train, scripted(*values[interrupted_after:])))

    assert before + after == undisturbed
    for name, tensor in whole_network.state_dict().items():
        assert torch.equal(tensor, resumed_network.state_dict()[name]), name


class LeftError(Exception):
    """The training is left after a step."""


@pytest.mark.parametrize("steps_before", [1, 3, 4, 5, 23, 31])
def test_resume_within_an_epoch_is_exact(steps_before: int) -> None:
    values, data = (0.1, 0.2, 0.4, 0.3, 0.2), (SPLIT.training.fit, SPLIT.training.train)
    whole_network, whole = trainer()
    undisturbed = plain(whole.train(*data, scripted(*values)))

    n_steps = 0

    def leave(done: int, total: int) -> None:
        nonlocal n_steps
        assert 1 <= done <= total
        n_steps += 1
        if n_steps == steps_before:
            raise LeftError

    before: list[EpochReport] = []
    _, first = trainer(run=replace(RUN, on_step=leave))
    with pytest.raises(LeftError):
        before.extend(report for report in first.train(*data, scripted(*values)))
    state = first.checkpoint()
    torch.rand(7)
    resumed_network, second = trainer()
    second.resume(state)
    n_validated = sum(report.phase == "fit" for report in before)
    after = plain(second.train(*data, scripted(*values[n_validated:])))

    assert plain(iter(before)) + after == undisturbed
    for name, tensor in whole_network.state_dict().items():
        assert torch.equal(tensor, resumed_network.state_dict()[name]), name


def test_a_checkpoint_is_not_changed_by_training_on() -> None:
    _, engine = trainer()
    reports = engine.train(SPLIT.training.fit, None, scripted(0.1, 0.2, 0.3, 0.4, 0.5))
    next(reports)
    state = engine.checkpoint()
    kept = {name: tensor.clone() for name, tensor in state.tensors.items()}
    list(reports)
    assert all(torch.equal(tensor, state.tensors[name]) for name, tensor in kept.items())


def test_a_checkpoint_holds_tensors_and_plain_facts_only() -> None:
    _, engine = trainer()
    next(engine.train(SPLIT.training.fit, None, scripted(0.25)))
    state: State = engine.checkpoint()
    assert state.facts == {
        "seed": 3,
        "phase": "fit",
        "epoch": 1,
        "elapsed_s": 0.0,
        "best_epoch": 1,
        "best_value": 0.25,
    }
    kinds = {name.partition(".")[0] for name in state.tensors}
    assert kinds == {"network", "best", "optimiser"}


def test_seed_decides() -> None:
    def losses(seed: int) -> list[float]:
        _, engine = trainer(run=replace(RUN, seed=seed))
        return [report.loss for report in engine.train(SPLIT.training.fit, None, scripted(*[0.1] * 5))]

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_training_leaves_the_global_generator_where_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    network = Successor(seed=5)
    torch.manual_seed(5)
    list(Trainer("toy", network, CONFIG, RUN).train(SPLIT.training.fit, None, scripted(*[0.1] * 5)))
    assert torch.equal(torch.rand(3), expected)


def test_a_loss_that_is_no_number_names_model_epoch_and_step() -> None:
    steps = -(-len(SPLIT.training.fit) // CONFIG.batch_size)
    engine = Trainer("toy", Diverging(after=steps + 2), CONFIG, RUN)
    with pytest.raises(TrainingError) as caught:
        list(engine.train(SPLIT.training.fit, None, scripted(0.1, 0.2)))
    assert caught.value.subject == "toy"
    assert caught.value.got == "loss nan in fit epoch 2, step 3"
    assert "training.lr (0.01)" in caught.value.remedy


def test_nothing_to_learn_from() -> None:
    _, engine = trainer()
    with pytest.raises(TrainingError) as caught:
        list(engine.train(sequences_of([[1], [2]]), None, scripted(0.1)))
    assert caught.value.got == "no sequence of two events or more"

"""Studies: budgets that workers share, trials of dead and of stopped workers, pruning, and the end of a search."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seqrec.errors import StorageError
from seqrec.tuning.config import Tuning
from seqrec.tuning.dimensions import Choice, Log, Space, Uniform, Whole
from seqrec.tuning.trial import Trial, best_of
from storage import studies
from storage.process_id import identity_of
from storage.studies import OWNER, Study

SPACE: Space = {
    "training.lr": Log(low=1e-4, high=1e-2),
    "dropout": Uniform(low=0.0, high=0.6),
    "n_layers": Whole(low=1, high=3),
    "scaled": Choice(options=(False, True)),
}
RANDOM = Tuning(startup_trials=5, prune_after=100)


def study_in(folder: Path, tuning: Tuning = RANDOM) -> Study:
    """Open the study."""
    return Study(folder, "sasrec-abc", SPACE, tuning)


def ended(trial: Trial, *scores: float) -> Trial:
    """Return the trial as it ends with some scores."""
    return replace(trial, ending="complete", scores=scores, seconds=1.5)


def asked(study: Study, n_trials: int = 100) -> Trial:
    """Return the next trial."""
    trial = study.ask(n_trials)
    assert trial is not None
    return trial


def test_a_study_ends_with_its_trials_and_goes_on_when_there_may_be_more(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    while (trial := study.ask(3)) is not None:
        assert 1e-4 <= float(trial.settings["training.lr"]) <= 1e-2
        assert trial.settings["n_layers"] in {1, 2, 3}
        assert trial.settings["scaled"] in {False, True}
        study.tell(ended(trial, 0.1, 0.2 + trial.number))
    again = study_in(tmp_path)
    assert [trial.ending for trial in again.trials()] == ["complete"] * 3
    best = best_of(again.trials())
    assert best is not None
    assert (best.number, best.value, best.seconds) == (2, pytest.approx(1.15), 1.5)
    assert asked(again, 4).number == 3


def test_workers_share_one_budget(tmp_path: Path) -> None:
    study_in(tmp_path)
    numbers: list[int] = []

    def work() -> None:
        study = study_in(tmp_path)
        while (trial := study.ask(9)) is not None:
            numbers.append(trial.number)
            study.tell(ended(trial, 0.5))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(numbers) == list(range(9))


def test_the_trial_of_a_dead_worker_is_tried_again(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    first, second = asked(study), asked(study)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    study._asked(first.number).set_user_attr(OWNER, identity_of(process.pid))
    assert asked(study, 3).settings != first.settings
    process.kill()
    process.communicate()
    # It counts once, although it was tried twice.
    again = asked(study, 3)
    assert again.settings == first.settings
    assert study.ask(3) is None
    assert [trial.was_stopped for trial in study.trials()] == [True, False, False, False]
    assert study.trials()[second.number].ending is None


def test_a_trial_that_a_kill_left_without_a_name_is_not_waited_for(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    study._study.ask()  # as far as a worker had got
    assert asked(study, 1).number == 1
    assert study.ask(1) is None


def test_a_trial_that_is_put_back_is_the_next(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    trial = asked(study)
    study.put_back(trial)
    assert asked(study, 1).settings == trial.settings


def test_a_failed_trial_counts_and_is_not_tried_again(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    study.tell(replace(asked(study), ending="failed", reason="dim 65 is not a multiple"))
    (trial,) = study.trials()
    assert (trial.ending, trial.reason, trial.value) == ("failed", "dim 65 is not a multiple", None)
    assert study.ask(1) is None
    assert best_of(study.trials()) is None


def test_the_worst_are_left_after_a_fold(tmp_path: Path) -> None:
    study = study_in(tmp_path, Tuning(startup_trials=100, prune_after=5, prune_share=0.2))
    for number in range(5):
        trial = replace(asked(study), scores=(0.5 + number,))
        assert study.report(trial), "the first are never cut short"
        study.tell(ended(trial, *trial.scores))
    bad, good = replace(asked(study), scores=(0.1,)), replace(asked(study), scores=(3.0,))
    assert not study.report(bad)
    assert study.report(good)
    study.tell(replace(bad, ending="pruned"))
    assert study.trials()[bad.number].ending == "pruned"
    assert study.trials()[bad.number].scores == (0.1,)
    assert best_of(study.trials()) != bad


def test_a_search_without_progress_ends(tmp_path: Path) -> None:
    study = study_in(tmp_path, Tuning(startup_trials=100, patience=3))
    for score in (0.2, 0.5, 0.1, 0.1, 0.1):
        study.tell(ended(asked(study), score))
    assert study.ask(100) is None


def test_what_matters_is_found(tmp_path: Path) -> None:
    study = study_in(tmp_path, Tuning(startup_trials=100, prune_after=100))
    assert study.importance() == {}
    for _ in range(25):
        trial = asked(study)
        study.tell(ended(trial, float(trial.settings["dropout"])))
    importance = study.importance()
    assert sum(importance.values()) == pytest.approx(1.0)
    assert max(importance, key=importance.__getitem__) == "dropout"


@pytest.mark.parametrize("damage", ["garbage", "cut"])
def test_a_damaged_database_is_named(tmp_path: Path, damage: str) -> None:
    study = study_in(tmp_path)
    study.tell(ended(asked(study), 0.5))
    file = tmp_path / "studies.db"
    content = file.read_bytes()
    file.write_bytes(b"garbage" * 20 + content[140:] if damage == "garbage" else content[: len(content) // 3])
    with pytest.raises(StorageError, match="begins anew") as caught:
        study_in(tmp_path).ask(9)
    assert caught.value.subject == str(file)
    file.rename(tmp_path / "away.db")
    assert asked(study_in(tmp_path)).number == 0


def test_a_locked_database_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "PATIENCE_S", 0.1)
    study = study_in(tmp_path)
    with closing(sqlite3.connect(tmp_path / "studies.db")) as other:
        other.execute("begin exclusive")
        with pytest.raises(StorageError, match="locked"):
            study.ask(9)

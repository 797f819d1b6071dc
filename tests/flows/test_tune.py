"""The search for settings, from the command to the experiment that it writes: resumed, and blind to the test."""

import tomllib
from pathlib import Path

import pytest

from flows import trials
from flows.tune import tune
from seqrec.errors import ConfigError, DataError, StorageError
from seqrec.experiment_file import load_experiment
from storage.refs import FoldScoreRef, ModelRef
from storage.settings import Settings
from tasks.resources import open_resources
from tests.browser import browser_page, needs_browser
from tests.flows.tiny import TINY, rows_of, write_tiny

SEARCHED = (
    TINY.replace("n_users = 200", "n_users = 300")
    + """
[tuning]
folds = [2, 3]
startup_trials = 3
prune_after = 2

[tuning.space.sasrec]
dim = { name = "choice", options = [4, 8] }
n_layers = { name = "choice", options = [1, 2] }
"""
)

pytestmark = pytest.mark.timeout(600)


def counts() -> tuple[int, int]:
    """Return the number of models and of scores in the store."""
    store = open_resources().store
    return tuple(len(list(store.artifacts(kind))) for kind in (ModelRef.kind, FoldScoreRef.kind))  # type: ignore[return-value]


def test_a_search_goes_on_and_writes_the_best(prefect_server: None, tmp_path: Path) -> None:
    file = str(write_tiny(tmp_path, text=SEARCHED))
    first = tune(file, models=["v_sknn", "sasrec"], trials=3)
    assert [(one.label, len(one.ended)) for one in first.found] == [("v_sknn", 3), ("sasrec", 3)]
    made = counts()
    # What was tried is not tried again; what is left to try is.
    assert tune(file, models=["v_sknn", "sasrec"], trials=3).found == first.found
    assert counts() == made
    more = tune(file, models=["v_sknn", "sasrec"], trials=4)
    assert [one.trials[:3] for one in more.found] == [one.trials for one in first.found]
    assert [len(one.ended) for one in more.found] == [4, 4]

    tuned = load_experiment(more.file)
    assert tuned.name == "tiny-tuned"
    for one in more.found:
        assert one.best is not None
        model = tuned.models[one.label].model_dump()
        for path, value in one.best.settings.items():
            if "." not in path:
                assert model[path] == value
    assert "sasrec: trial" in more.file.read_text()
    assert tomllib.loads(more.file.read_text())["tuning"]["folds"] == [2, 3]

    # No trial was scored on the test: every split that was made is one of a fold.
    folds = {artifact.inputs["protocol"]["split"]["fold"] for artifact in open_resources().store.artifacts("split")}
    assert folds == {2, 3}
    runs = rows_of(Settings().mlflow_dir / "mlflow.db", "select name, status from runs")
    assert {status for _, status in runs} == {"FINISHED"}
    assert sum(str(name).startswith("trial") for name, _ in runs) == 8
    assert {name for name, _ in runs if str(name).startswith("tune")} == {"tune v_sknn", "tune sasrec"}


def test_a_split_without_folds_is_searched_on_its_validation(prefect_server: None, tmp_path: Path) -> None:
    text = SEARCHED.replace('split = { name = "temporal" }', 'split = { name = "leave_one_out" }')
    file = str(write_tiny(tmp_path, text=text.replace("folds = [2, 3]\n", "")))
    found = tune(file, models=["v_sknn"], trials=2, changes=["models.v_sknn.k=60"]).found
    assert found[0].folds == ("validation",)
    assert all(trial.value is not None for trial in found[0].trials)


def test_a_trial_that_cannot_be_built_fails_and_says_why(prefect_server: None, tmp_path: Path) -> None:
    text = SEARCHED.replace(
        'dim = { name = "choice", options = [4, 8] }', 'dim = { name = "choice", options = [7, 9] }'
    )
    text += 'n_heads = { name = "choice", options = [2, 4] }\n'
    found = tune(str(write_tiny(tmp_path, text=text)), models=["sasrec"], trials=2).found[0]
    assert [trial.ending for trial in found.trials] == ["failed", "failed"]
    assert "not a multiple of n_heads" in found.trials[0].reason
    assert found.best is None


def test_what_is_no_fault_of_the_settings_costs_no_trial(
    prefect_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(write_tiny(tmp_path, text=SEARCHED))

    def full(*_: object, **__: object) -> None:
        raise StorageError("the store", got="no space", expected="some", remedy="Make room.")

    with monkeypatch.context() as patch:
        patch.setattr(trials, "fold_score", full)
        with pytest.raises(StorageError, match="no space"):
            tune(file, models=["v_sknn"], trials=2)
    found = tune(file, models=["v_sknn"], trials=2).found[0]
    assert [trial.ending for trial in found.ended] == ["complete", "complete"]
    stopped, again, _ = found.trials
    assert stopped.was_stopped
    assert again.settings == stopped.settings


def test_a_fold_without_cases_is_refused(prefect_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.tune.read_json", lambda _: {"n_test_cases": 0})
    with pytest.raises(DataError, match="no case"):
        tune(str(write_tiny(tmp_path, text=SEARCHED)), models=["v_sknn"], trials=1)


def test_unknown_models_are_refused(prefect_server: None, tmp_path: Path) -> None:
    file = str(write_tiny(tmp_path, text=SEARCHED))
    with pytest.raises(ConfigError, match="no such model in tiny"):
        tune(file, models=["sasrek"])
    with pytest.raises(ConfigError, match="no search space"):
        tune(file, models=["markov"])


@needs_browser
def test_the_page_is_drawn(prefect_server: None, tmp_path: Path) -> None:
    result = tune(str(write_tiny(tmp_path, text=SEARCHED)), models=["v_sknn"], trials=3)
    with browser_page() as (page, errors):
        page.goto(result.page.as_uri())
        assert page.locator("h1").inner_text() == "Tuning of tiny"
        page.locator("#chart-history canvas").first.wait_for()
        page.locator("#chart-coordinates_0 canvas").first.wait_for()
        assert not errors
    assert result.page.stat().st_size < 2_000_000

"""Cleaning up after real runs and a promotion: the next run and the champion miss nothing."""

import os
import re
from pathlib import Path

import pytest
from filelock import FileLock

from flows.benchmark import benchmark
from flows.cleaning import clean, survey
from flows.cli.clean import UNITS
from flows.promote import promote
from seqrec.errors import ConfigError
from seqrec.experiment import Experiment
from seqrec.experiment_file import load_experiment
from storage.files import write_json
from storage.settings import Settings
from tests.flows.command import Command
from tests.flows.tiny import TINY, listing, write_tiny

NAME = "cleaned"


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Return an experiment with vectors and without networks."""
    text = TINY.replace('"tiny"', f'"{NAME}"').partition("[models.sasrec]")[0]
    return load_experiment(write_tiny(tmp_path_factory.mktemp("experiment"), text=text), n_seeds=1)


@pytest.fixture(scope="module")
def root(prefect_server: None, experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data root with two old runs and a champion of the last; the tests of this file are one story."""
    root = tmp_path_factory.mktemp("cleaning")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQREC_DATA_ROOT", str(root))
        dataset = experiment.dataset.model_copy(update={"n_users": 150})
        benchmark(experiment.model_copy(update={"dataset": dataset}))
        benchmark(experiment)
        promote(NAME, model="markov", force="for a test")
    for path in root.rglob("*"):
        os.utime(path, (0, 0), follow_symlinks=False)
    for file in (root / "reports" / NAME / "runs").iterdir():
        file.write_text(re.sub(r'"finished_at": "\d+', '"finished_at": "2001', file.read_text()))
    return root


@pytest.fixture(autouse=True)
def settings(root: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of that data root."""
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(root))
    return Settings()


def test_it_says_what_there_is_and_changes_nothing(command: Command, root: Path) -> None:
    before = listing(root / "store")
    done = command("clean")
    assert done.code == 0, done.err
    assert "nothing was changed; --yes removes it" in done.out
    assert all(kind in done.out for kind in ("evaluation", "vectors", NAME, "needed by", "mlflow"))
    assert listing(root / "store") == before
    for wrong in ("5", "1m", "0h"):
        assert "hour" in command("clean", "--older-than", wrong, "--yes").err


def test_what_a_living_run_may_use_stays(settings: Settings) -> None:
    mark = settings.work_dir / "live" / "0.json"
    write_json(mark, {"pid": 1})
    os.utime(mark, (0, 0))
    with FileLock(mark.with_suffix(".lock")):
        findings = survey(settings, UNITS["d"])
        assert findings.removable == ()
        with pytest.raises(ConfigError, match="alive"):
            clean(settings, findings, vectors=True)
    mark.unlink()
    assert survey(settings, UNITS["d"]).removable


def test_afterwards_the_last_run_makes_nothing_again_and_the_champion_is_the_same(
    command: Command, experiment: Experiment, root: Path
) -> None:
    n_before = len(listing(root / "store"))
    n_models = len(list((root / "mlflow" / "models").iterdir()))
    done = command("clean")
    assert "runs in MLflow whose comparison nobody needs: 1; they stay unless you pass --runs" in done.out
    done = command("clean", "--yes", "--runs")
    assert done.code == 0, done.err
    assert "removed " in done.out
    assert re.search(r"deleted +\d+ runs in MLflow, [1-9]", done.out)
    # The packages of the models that those runs logged go with them.
    assert 0 < len(list((root / "mlflow" / "models").iterdir())) < n_models
    after = listing(root / "store")
    assert len(after) < n_before
    n_left = {kind: len(list((root / "store" / kind).iterdir())) for kind in ("dump", "comparison", "whole", "package")}
    # SQL shows both dumps, and the twin of the champion is among MLflow's files.
    assert n_left == {"dump": 2, "comparison": 1, "whole": 1, "package": 1}
    assert len(list((root / "reports" / NAME / "runs").iterdir())) == 1
    assert command("clean", "--yes").out.count("Nothing can be removed.") == 1
    benchmark(experiment)
    assert listing(root / "store") == after
    assert command("leaderboard", NAME).code == 0
    assert command("recommend", NAME, "--history", "P0001", "--json").code == 0
    assert "interactions_" in command("sql", "show tables").out

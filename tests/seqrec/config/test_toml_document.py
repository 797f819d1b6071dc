"""Configurations that are written as TOML files mean what they meant."""

import tomllib
from pathlib import Path

import pytest

from seqrec.config.toml_document import toml_document
from seqrec.experiment import Experiment

SHIPPED = sorted((Path(__file__).resolve().parents[3] / "deployments" / "experiments").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_an_experiment_comes_back(path: Path) -> None:
    experiment = Experiment.model_validate(tomllib.loads(path.read_text()))
    raw = experiment.model_dump(mode="json", exclude_unset=True)
    text = toml_document(raw)
    assert Experiment.model_validate(tomllib.loads(text)) == experiment
    assert "[models.most_popular]" in text
    assert max(map(len, text.splitlines())) < 300


def test_a_document_by_hand() -> None:
    raw = {
        "models": {"a": {"x": 1, "t": {"y": True}}},
        "name": "one",
        "seeds": [0, 1],
        "empty": None,
        "dataset": {"k": 2.5},
    }
    assert toml_document(raw) == (
        'name = "one"\nseeds = [0, 1]\n\n[models.a]\nx = 1\nt = { y = true }\n\n[dataset]\nk = 2.5\n'
    )

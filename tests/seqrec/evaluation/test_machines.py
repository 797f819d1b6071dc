"""Whether a table says that its models were trained on different machines."""

from dataclasses import replace

import numpy as np
import pytest

from seqrec.evaluation.machines import mixture
from seqrec.evaluation.results import Fit, Machine
from tests.seqrec.evaluation.evaluations import MACHINE, evaluation_of
from tests.synthetic import chain_split


def fit(label: str, machine: Machine = MACHINE, n_epochs: int = 2) -> Fit:
    split = chain_split()
    better = np.zeros(len(split.test), int)
    return replace(evaluation_of(split, label, better, n_epochs=n_epochs).fit, machine=machine)


OTHERS = [
    replace(MACHINE, device="cuda"),
    replace(MACHINE, precision="bfloat16"),
    replace(MACHINE, n_threads=1),
    replace(MACHINE, processor="another"),
]


@pytest.mark.parametrize("other", OTHERS)
def test_models_from_two_machines_are_named(other: Machine) -> None:
    said = mixture([fit("a"), fit("a"), fit("b", other), fit("c")])
    assert said is not None
    assert f"a, c on {MACHINE}" in said
    assert f"b on {other}" in said


def test_one_machine_mixes_nothing() -> None:
    assert mixture([]) is None
    assert mixture([fit("a"), fit("b")]) is None


def test_a_model_without_epochs_is_the_same_everywhere() -> None:
    assert mixture([fit("a"), fit("count", OTHERS[2], n_epochs=0)]) is None

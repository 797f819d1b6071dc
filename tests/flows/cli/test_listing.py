"""`seqrec list`: all choices, one line each."""

import pytest

from seqrec.config import name_of
from seqrec.datasets import DATASETS
from seqrec.evaluation.metrics import METRICS
from seqrec.models import MODELS
from seqrec.text.encoders import ENCODERS
from tests.flows.command import Command

KINDS = {
    "datasets": [name_of(config) for config in DATASETS],
    "models": [name_of(config) for config in MODELS],
    "encoders": [name_of(config) for config in ENCODERS],
    "metrics": list(METRICS),
    "experiments": [
        "beauty-cold",
        "demo",
        *(
            f"{data}-{split}"
            for data in ("beauty", "gift-cards", "sports", "yelp")
            for split in ("leave-one-out", "temporal")
        ),
    ],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_one_line_each(command: Command, kind: str) -> None:
    result = command("list", kind)
    assert result.code == 0
    lines = [line.split(maxsplit=1) for line in result.out.splitlines()]
    assert sorted(KINDS[kind]) == [name for name, _ in lines]
    assert all(len(text.split()) >= 2 for _, text in lines)


def test_everything_at_once_is_the_kinds_under_their_names(command: Command) -> None:
    result = command("list")
    each = "".join(f"{kind}\n{command('list', kind).out}" for kind in KINDS)
    assert result.out == each

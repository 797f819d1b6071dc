"""The script for a GPU runs at toy size on a CPU; an item that fails or takes too long is a line of its table."""

import json
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.limited import Ended, within
from benchmarks.parity import networks
from seqrec.models import MODELS
from seqrec.models.neural import NeuralConfig


def give(value: int) -> Mapping[str, object]:
    return {"value": value}


def fail() -> Mapping[str, object]:
    raise ValueError("a flaw")


def sleep() -> Mapping[str, object]:
    time.sleep(300)
    return {}


def die() -> Mapping[str, object]:
    os._exit(7)


def test_work_ends_with_figures_or_with_a_reason() -> None:
    assert within(60, partial(give, 3)).figures == {"value": 3}
    assert within(60, fail).error == "ValueError: a flaw"
    assert within(60, die).error == "the process ended with code 7"
    assert within(2, sleep).error == "not done within 2 s"


def test_every_network_of_the_union_is_compared() -> None:
    assert [type(one) for one in networks()] == [one for one in MODELS if issubclass(one, NeuralConfig)]
    assert all(one.dropout == 0 for one in networks())


def test_everything_runs_at_toy_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def here(limit_s: float, work: Callable[[], Mapping[str, object]]) -> Ended:
        assert limit_s > 0
        return Ended(0.0, work())

    # Each item has its own process, whose imports would take most of the time.
    monkeypatch.setattr(gpu, "within", here)
    output = tmp_path / "gpu.json"
    gpu.main(device="cpu", toy=True, output=output)
    written = json.loads(output.read_text())
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("|")][2:]
    assert [row[0] for row in rows] == [item["what"] for item in written["items"]]
    assert written["device"] == "cpu"
    figures = {item["what"]: item["figures"] for item in written["items"]}
    for network in networks():
        found = figures.pop(f"{network.name}, cpu against cpu")
        assert (found["losses_apart"], found["same_lists"], found["same_places"]) == (0, 1, 1)
        assert found["ndcg"][0] == found["ndcg"][1] > 0
    assert len(figures) == 6
    assert all(value >= 0 for one in figures.values() for value in one.values())


def test_no_item_outlasts_the_budget(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = gpu.run(gpu.TOY, gpu.training.Options("cpu"), None, budget_s=0.0)
    assert len(found) == 9
    assert {item["error"] for item in found} == {"no time was left"}
    assert capsys.readouterr().out.count("no time was left") == 9


def test_generated_items_have_habitual_successors() -> None:
    frame = gpu.generated(300, 50)
    assert frame["user_id"].n_unique() == 300
    items = frame["item_id"].to_list()
    pairs = list(pairwise(items))
    most = max(pairs.count(pair) for pair in set(pairs) if pair[0] == items[0])
    assert most > 0.4 * items.count(items[0])

"""The comparison of trainings runs on a generated shop, and its table says which programs were run."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer

from benchmarks import ours, sequences, training
from benchmarks.comparison import COLUMNS, TIMES, Row
from benchmarks.figures import Figures
from benchmarks.peers.request import parse_request, print_figures
from seqrec.datasets.demo import Config as Demo
from seqrec.models.sasrec import Config as SASRec
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.training.config import TrainingConfig
from storage.files import read_split

FIGURES = Figures(
    n_epochs=5, best_epoch=3, epoch_s=2.0, epoch_cpu_s=4.0, to_best_s=8.0, evaluation_s=0.5, hr=0.25, ndcg=0.125
)
SLOWER = replace(FIGURES, epoch_s=20.0, epoch_cpu_s=6.0, to_best_s=8.0, evaluation_s=0.25)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sequences")
    interactions = sequences.read(Demo(n_users=200, n_items=60), Path())
    sequences.write(folder, interactions, Protocol(split=LeaveOneOut()), "file")
    return folder


def job(folder: Path, rule: str) -> ours.Job:
    config = SASRec(dim=8, max_len=10, training=TrainingConfig(batch_size=64, max_epochs=2, valid_cutoff=10))
    return ours.Job(config, folder / rule, "cpu", time.time())


def test_peers_read_the_sequences_that_ours_is_tested_on(folder):
    lines = (folder / sequences.LINES).read_text().splitlines()
    for rule in (sequences.HELD_OUT, sequences.REFIT):
        test = read_split(folder / rule).test
        assert len(lines) == len(test)
        for row, line in enumerate(lines):
            user, *items = map(int, line.split())
            assert (user, items) == (test.prompts.users[row], [*test.prompts.sequence(row), test.targets[row]])


def test_each_rule_is_that_of_its_peer(folder):
    held_out, refit = (read_split(folder / rule) for rule in (sequences.HELD_OUT, sequences.REFIT))
    for split, learns_all in ((held_out, False), (refit, True)):
        assert split.training.refit == split.training.rules.exclude_seen == learns_all
    np.testing.assert_array_equal(held_out.training.train.lengths, held_out.test.prompts.lengths - 1)
    np.testing.assert_array_equal(refit.training.train.items, refit.test.prompts.items)
    assert held_out.training.rules.candidates.all()


@pytest.mark.parametrize("rule", [sequences.HELD_OUT, sequences.REFIT])
def test_a_repeat_differs_in_nothing_but_times(folder, rule):
    first, second = (ours.train(job(folder, rule)) for _ in range(2))
    assert replace(second, **{name: getattr(first, name) for name in TIMES.values()}) == first
    assert len(first.curve) == 2 + (first.best_epoch if rule == sequences.REFIT else 0)
    assert first.ndcg_interval[0] <= first.ndcg <= first.ndcg_interval[1] <= first.hr + 0.1
    assert all(getattr(first, name) > 0 for name in TIMES.values())


def test_seeds_are_trained_alike_and_differ(folder):
    seeds = ours.train_seeds(job(folder, sequences.HELD_OUT), 2, range(2))
    first = ours.train(job(folder, sequences.HELD_OUT))
    assert len(set(seeds.ndcgs)) == 2
    assert first.best_epoch != 2 or seeds.ndcgs[0] == first.ndcg


def test_seeds_end_as_each_does_alone(folder):
    alone = [ours.train_seeds(job(folder, sequences.HELD_OUT), 2, [seed]).ndcgs[0] for seed in range(3)]
    assert ours.train_seeds(job(folder, sequences.HELD_OUT), 2, range(3)).ndcgs == alone


def test_a_peer_is_shown_with_how_many_times_ours_it_takes():
    cells = dict(zip(COLUMNS, Row("sasrec", "peer", SLOWER, beside=FIGURES).cells(), strict=True))
    assert [cells[column] for column in TIMES] == ["20.000 (10.0 x)", "6.000 (1.5 x)", "8.000 (1.0 x)", "0.250 (0.5 x)"]
    assert [cells[column] for column in COLUMNS[-3:]] == ["0.2500", "0.1250", "5 (3)"]


def test_ours_is_shown_with_its_interval():
    cells = Row("sasrec", "ours", replace(FIGURES, ndcg_interval=(0.1, 0.15))).cells()
    assert cells[2:6] == ["2.000", "4.000", "8.000", "0.500"]
    assert cells[-2] == "0.1250 (0.1000 to 0.1500)"


def test_what_was_not_run_says_so():
    assert Row("sasrec", "peer", None).cells() == ["sasrec", "peer", *["not run"] * 7]
    cells = dict(zip(COLUMNS, Row("sasrec", "peer", SLOWER, timed_only=True).cells(), strict=True))
    assert [column for column, cell in cells.items() if cell == "not run"] == [
        "command to best weights s",
        "HR@10",
        "NDCG@10 (95 %)",
    ]


def test_a_peer_parses_a_request_and_prints_its_figures(folder, monkeypatch, capsys):
    command = ["peer", str(folder / sequences.LINES), "gru4rec", "--epochs", "3", "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", [*command, "--requested-at", str(time.time() - 5)])
    task = parse_request(["sasrec", "gru4rec"])
    assert (task.model, task.epochs, task.device) == ("gru4rec", 3, "cpu")
    assert 5 <= task.elapsed_s < 300
    user, items = task.users()[0]
    assert (folder / sequences.LINES).read_text().splitlines()[0] == " ".join(map(str, [user, *items]))
    print_figures(FIGURES)
    assert Figures(**json.loads(capsys.readouterr().out)) == replace(FIGURES, curve=[])


def test_a_peer_that_its_interpreter_lacks_ends_the_benchmark(folder):
    options = training.Options("cpu", python=Path(sys.executable))
    (peer,) = (peer for peer in training.PEERS if peer.script == "recbole")
    with pytest.raises(SystemExit, match="No module named 'recbole"):
        training.run_peer(folder, "sasrec", peer, options)


def test_the_script_prints_a_table_without_peers(capsys):
    training.main(models="gru4rec", device="cpu", epochs=1)
    lines = capsys.readouterr().out.splitlines()
    table = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    assert table[0] == COLUMNS
    assert [row[1] for row in table[2:]] == ["ours, validation item held out, seen items kept", "RecBole 1.2.1"]
    assert table[3][2:] == ["not run"] * 7


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(typer.BadParameter, match="caser; models are sasrec"):
        training.main(models="sasrec,caser")

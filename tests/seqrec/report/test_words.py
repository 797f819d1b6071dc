from dataclasses import replace

import pytest

from seqrec.evaluation.results import Cell, Row, Table
from seqrec.prepare.protocol import Full, Protocol, Sampled
from seqrec.prepare.splits.leave_one_out import Config as LeaveOneOut
from seqrec.prepare.splits.temporal import Config as Temporal
from seqrec.report.words import chance, duration, findings, headline, metric_name, protocol_in_words, verdict


def row(label, mean, *, model="sasrec", p=None, reference_mean=0.04, n_seeds=1):
    difference = None if p is None else Cell(mean - reference_mean, None, None, None)
    cells = {"ndcg_at_20": Cell(mean, None, mean - 0.002, mean + 0.002)}
    return Row(label, model, n_seeds, (0,), cells, difference, p, p, 1.0, 10, None)


MARKOV = row("markov", 0.04, model="markov")


def table_of(*rows, reference="markov"):
    return Table("t", ("ndcg_at_20",), rows, reference, "ndcg_at_20", 10, "digest", 0.95)


def test_the_best_model_and_its_lead():
    table = table_of(row("good", 0.05, p=0.002, n_seeds=3), MARKOV, row("poor", 0.02, p=0.01))
    assert headline(table) == (
        "good answers best: NDCG@20 0.0500 (95% interval 0.0480 to 0.0520), the mean of 3 seeds."
    )
    lead, tests = findings(table)
    assert lead == (
        "That is 25% above the reference markov, more than chance explains (p = 0.002 after correction for all tests)."
    )
    assert tests == (
        "Tested against markov, 1 of 2 models are better and 1 worse beyond chance; 0 can't be told apart from it."
    )


def test_a_lead_that_may_be_chance_is_called_that():
    first, _ = findings(table_of(row("good", 0.041, p=0.4), MARKOV))
    assert "may still be chance (p = 0.400" in first


def test_a_floor_that_wins_is_said_aloud():
    sentences = list(findings(table_of(MARKOV, row("poor", 0.02, p=0.01))))
    assert sentences[0].startswith("No model beats the best floor")


def test_another_reference_leaves_the_floor_to_be_told():
    table = table_of(
        row("good", 0.06, p=0.002, reference_mean=0.05),
        row("ref", 0.05),
        replace(MARKOV, p_adjusted=0.01),
        reference="ref",
    )
    assert "The best floor is markov; good is 50% above it." in list(findings(table))


@pytest.mark.parametrize(
    ("mean", "p", "expected"),
    [(0.05, 0.049, "better"), (0.03, 0.049, "worse"), (0.05, 0.051, "unclear"), (0.04, None, "reference")],
)
def test_verdict(mean, p, expected):
    one = row("one", mean, p=p)
    assert verdict(one, table_of(one, MARKOV)) == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.004, "4 ms"), (1.26, "1.3 s"), (119.0, "119.0 s"), (200, "3 min 20 s"), (7300, "2 h 1 min")],
)
def test_duration(seconds, text):
    assert duration(float(seconds)) == text


def test_small_words():
    assert [metric_name(name) for name in ("ndcg_at_20", "coverage_at_5")] == ["NDCG@20", "Coverage@5"]
    assert [chance(p) for p in (None, 0.0005, 0.0312)] == ["", "p < 0.001", "p = 0.031"]


def test_every_choice_of_a_protocol_is_told():
    plain = dict(protocol_in_words(Protocol(split=Temporal())))
    other = dict(
        protocol_in_words(
            Protocol(
                split=LeaveOneOut(),
                ties="file",
                seen="keep",
                candidates=Sampled(n=50),
                counts="all",
                refit=True,
            )
        )
    )
    everything = dict(protocol_in_words(Protocol(split=Temporal(), candidates=Full(catalogue="all"))))
    assert {key for key in plain if plain[key] != other[key]} == set(plain) - {"Core filter", "Equal scores"}
    assert "test_fraction 0.2" in plain["Split"]
    assert "50 sampled items" in other["Candidates"]
    assert plain["Candidates"] != everything["Candidates"]

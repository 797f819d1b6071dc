from dataclasses import replace

import pytest

from seqrec.audit.finding import Audit, Finding
from seqrec.evaluation.results import Cell, Row, Table
from seqrec.preparation.protocol import Full, Protocol, Sampled
from seqrec.preparation.shuffle import Shuffle
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.preparation.splits.temporal import Config as Temporal
from seqrec.report.words import (
    audit_headline,
    chance,
    duration,
    figure,
    figure_name,
    findings,
    headline,
    method,
    metric_name,
    protocol_in_words,
    sign_flip_method,
)


def row(label, mean, *, model="sasrec", p=None, reference_mean=0.04, n_seeds=1, one_training=False):
    difference = None if p is None and not one_training else Cell(mean - reference_mean, None, None, None)
    cells = {"ndcg_at_20": Cell(mean, None, mean - 0.002, mean + 0.002)}
    return Row(label, model, n_seeds, (0,), one_training, cells, difference, p, p, None, 1.0, 10, None)


MARKOV = row("markov", 0.04, model="markov")


def table_of(*rows, reference="markov"):
    return Table("t", ("ndcg_at_20",), rows, reference, "ndcg_at_20", 10, "digest", 0.95)


def test_the_best_model_and_its_lead():
    table = table_of(row("good", 0.05, p=0.002, n_seeds=3), MARKOV, row("poor", 0.02, p=0.01))
    assert headline(table) == ("good is best: NDCG@20 0.0500 (95% interval 0.0480 to 0.0520), the mean of 3 seeds.")
    lead, tests = findings(table)
    assert lead == (
        "That is 25% above the reference markov, more than the chance of seeds and test cases explains "
        "(p = 0.002 after correction for all tests)."
    )
    assert tests == (
        "Tested against markov, over seeds and test cases, 1 of 2 models are significantly better and 1 significantly "
        "worse; 0 do not differ significantly."
    )


def test_one_training_is_called_that():
    table = table_of(row("good", 0.05, one_training=True), MARKOV, row("poor", 0.02, p=0.01))
    assert headline(table).endswith("0.0480 to 0.0520), one training.")
    lead, tests, untested = findings(table)
    assert lead == "That is 25% above the reference markov; other seeds may give another order."
    assert "0 of 1 models are significantly better and 1 significantly worse" in tests
    assert untested == "1 model is one training, without a verdict; with several seeds there would be one."


def test_a_reference_of_one_training_is_called_that():
    reference = replace(row("ref", 0.05), one_training=True)
    _, _, untested = findings(table_of(row("good", 0.06, one_training=True), reference, MARKOV, reference="ref"))
    assert untested.startswith("The reference ref is one training, so no model is tested against it")


def test_a_floor_that_leads_may_do_so_because_a_network_stopped_early():
    poor, worse = row("poor", 0.02, p=0.01), row("worse", 0.01, p=0.01)
    assert not any("max_epochs" in finding for finding in findings(table_of(MARKOV, poor, worse)))
    stopped = replace(poor, stopped_at=5)
    no_model, hint, _ = findings(table_of(MARKOV, stopped, worse))
    assert no_model.startswith("No model beats the best floor")
    assert hint.endswith("poor (max_epochs = 5) still improved when it stopped.")
    assert not any("max_epochs" in finding for finding in findings(table_of(stopped, MARKOV)))


def test_the_tests_say_what_they_cover():
    table = table_of(MARKOV)
    assert "seeds and of test cases" in method(table)
    assert "nothing about other seeds" in sign_flip_method(table)


def test_notes_of_a_table_are_said_with_its_method():
    assert method(replace(table_of(MARKOV), notes=("Read it so.",))).endswith("no verdict with it. Read it so.")


def test_a_lead_that_may_be_chance_is_called_that():
    first, _ = findings(table_of(row("good", 0.041, p=0.4), MARKOV))
    assert "may still be chance (p = 0.400" in first


def test_a_floor_that_wins_is_said_aloud():
    sentences = list(findings(table_of(MARKOV, row("poor", 0.02, p=0.01))))
    assert sentences[0].startswith("No model beats the best floor")


def test_another_reference_still_shows_the_floor():
    table = table_of(
        row("good", 0.06, p=0.002, reference_mean=0.05),
        row("ref", 0.05),
        replace(MARKOV, p_adjusted=0.01),
        reference="ref",
    )
    assert "The best floor is markov; good is 50% above it." in list(findings(table))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.004, "4 ms"), (1.26, "1.3 s"), (119.0, "119.0 s"), (200, "3 min 20 s"), (7300, "2 h 1 min")],
)
def test_duration(seconds, text):
    assert duration(float(seconds)) == text


def test_small_words():
    assert [metric_name(name) for name in ("ndcg_at_20", "coverage_at_5")] == ["NDCG@20", "Coverage@5"]
    assert [chance(p) for p in (None, 0.0005, 0.0312)] == ["", "p < 0.001", "p = 0.031"]


def test_a_p_that_the_resamples_bound_is_rounded_up():
    assert [chance(p, is_bound=True) for p in (12 / 2001, 3 / 2001, 1 / 200_001, 1 / 51)] == [
        "p < 0.006",
        "p < 0.002",
        "p < 0.001",
        "p < 0.020",
    ]


def test_every_choice_of_a_protocol_is_described():
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
    assert "50 sampled items that the user never interacted with" in other["Candidates"]
    assert plain["Candidates"] != everything["Candidates"]


def test_what_is_done_to_histories_is_described():
    shuffle = Shuffle(part="both", keep_last=True, window=10)
    words = dict(
        protocol_in_words(
            Protocol(
                split=Temporal(test_from="2014-06-01"),
                users=10_000,
                max_history=50,
                shuffle=shuffle,
                candidates=Sampled(exclude="prompt"),
            )
        )
    )
    assert "test_from 2014-06-01" in words["Split"]
    assert "test_fraction" not in words["Split"]
    assert words["Users"].startswith("10,000 drawn")
    assert "last 50 events" in words["Histories"]
    assert words["Order"] == (
        "items of training sequences but the last and the last 10 items of test prompts are shuffled; "
        "times stay in place"
    )
    assert "outside the prompt" in words["Candidates"]


def test_the_audit_in_a_sentence():
    fine, known = Finding("time", "ok", "Fine.", {}), Finding("ties", "by design", "Many.", {})
    assert audit_headline(Audit((fine, fine))) == "All 2 findings are ok."
    assert audit_headline(Audit((fine, known, fine))).startswith("Nothing is wrong. 1 of 3 findings follow from")
    warned = Finding("clones", "warning", "Many are alike.", {}, "Look at them.")
    told = audit_headline(Audit((fine, known, warned)))
    assert told.startswith("Warnings: 1. The data look as if they gave answers away. Nothing is certainly wrong.")
    assert "1 of 3 findings follow from the protocol or the dump" in told


def test_figures_of_the_audit():
    assert figure_name("max_hr_at_10_users_1") == "max hr@10 users 1"
    assert [figure(value) for value in (22_363, 0.04628, 0.0)] == ["22,363", "0.04628", "0"]

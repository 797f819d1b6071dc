from dataclasses import replace

import numpy as np
import polars as pl

from seqrec.audit import floors as module
from seqrec.audit import ties
from seqrec.audit.dump_events import dump_events
from seqrec.audit.floors import floor_places
from seqrec.preparation.prepare import prepare
from tests.seqrec.preparation.tables import protocol, table


def baskets(n_users: int = 100, size: int = 4) -> list[tuple[str, str, int]]:
    """Return two days of shopping for each user, listed by item id."""
    rng = np.random.default_rng(0)
    return [
        (f"u{user}", f"i{item:03}", day)
        for user in range(n_users)
        for day in range(2)
        for item in sorted(rng.choice(50, size, replace=False) + 50 * day)
    ]


def findings(rows, rule):
    settings = protocol(split={"name": "leave_one_out"}, ties=rule)
    split = prepare(table(rows), settings).split
    floors = {"file": floor_places(split), "random": floor_places(split)}
    return tuple(ties.check(split, dump_events(table(rows), split.training.vocabulary), rule, floors))


def test_without_ties_there_is_nothing_to_say():
    found = findings([(f"u{user}", f"i{day}", day) for user in range(9) for day in range(5)], "random")
    assert [one.verdict for one in found] == ["ok", "ok"]
    assert found[0].figures["tied_targets"] == 0.0
    assert found[1].figures["tied_pairs_in_dump"] == 0


def test_shares_by_hand():
    # The target of a is tied, that of b is not. Tied pairs of the dump: a has x y (ascending) and y w (descending).
    rows = [("a", "x", 1), ("a", "y", 1), ("a", "w", 1), ("b", "x", 1), ("b", "y", 2), ("b", "w", 3)]
    targets, order, _ = findings(rows, "file")
    assert targets.figures["tied_targets"] == 0.5
    assert (order.figures["tied_pairs_in_dump"], order.figures["ascending_by_id_in_dump"]) == (2, 0.5)


def test_a_dump_sorted_by_id_is_told_and_the_shuffle_passes():
    targets, order, _ = findings(baskets(), "random")
    assert targets.figures["tied_targets"] == 1.0
    assert order.figures["ascending_by_id_in_dump"] == 1.0
    assert order.verdict == "ok"
    assert 0.4 < order.figures["ascending_by_id_in_split"] < 0.6


def test_the_order_of_the_dump_is_by_design_where_the_protocol_asks_for_it():
    _, order, _ = findings(baskets(), "file")
    assert order.verdict == "by design"
    assert order.figures["ascending_by_id_in_split"] == 1.0


def test_a_shuffle_that_sorts_is_wrong():
    rows = baskets()
    split = prepare(table(rows), protocol(split={"name": "leave_one_out"}, ties="file")).split
    floors = {"file": floor_places(split), "random": floor_places(split)}
    _, order, _ = ties.check(split, dump_events(table(rows), split.training.vocabulary), "random", floors)
    assert order.verdict == "wrong"
    assert "tie rule" in order.remedy


def test_the_floors_stand_under_either_rule():
    rows = baskets()
    by_rule = {
        rule: prepare(table(rows), protocol(split={"name": "leave_one_out"}, ties=rule)).split
        for rule in ("file", "random")
    }
    floors = {rule: floor_places(split) for rule, split in by_rule.items()}
    split = by_rule["random"]
    *_, last = ties.check(split, dump_events(table(rows), split.training.vocabulary), "random", floors)
    assert set(last.figures) == {
        f"{floor}_{metric}_at_10_{rule}"
        for floor in ("most_popular", "recency", "markov")
        for metric in ("hr", "ndcg")
        for rule in ("file", "random")
    }
    assert last.figures["markov_hr_at_10_file"] != last.figures["markov_hr_at_10_random"]


def test_floors_on_a_sample_are_said_to_be(monkeypatch):
    assert "looked at" not in findings(baskets(), "random")[2].sentence
    monkeypatch.setattr(module, "MAX_SCORES", 0)
    monkeypatch.setattr(module, "MIN_CASES", 30)
    assert findings(baskets(), "random")[2].sentence.endswith(" (30 of 100 test cases checked).")


def test_a_case_without_a_prompt_is_not_tied():
    split = prepare(table(baskets(3)), protocol(split={"name": "leave_one_out"})).split
    empty = split.test.prompts.keep(np.zeros(split.test.prompts.n_events, bool))
    assert ties.tied_targets(replace(split, test=replace(split.test, prompts=empty))) == 0.0


def test_parts_that_a_dump_sorted_and_then_cut_are_no_alarm():
    # The border between two parts of a day ascends by id, no matter what the shuffle does inside the parts.
    rows = baskets(n_users=400)
    parts = ["train"] * 5 + ["valid"] + ["test"] * 2
    listed = table(rows).with_columns(part=pl.Series([parts[place % 8] for place in range(len(rows))]))
    split = prepare(listed, protocol(split={"name": "given", "targets": "every"}, ties="random")).split
    floors = {"file": floor_places(split), "random": floor_places(split)}
    _, order, _ = ties.check(split, dump_events(listed, split.training.vocabulary), "random", floors)
    assert order.verdict == "ok"

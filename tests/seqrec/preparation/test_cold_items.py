"""Items that are kept out of training: never seen, never lost as targets, and the same for one seed."""

import numpy as np
import pytest

from seqrec.audit.fit_scope import check
from seqrec.evaluation.slices.training import by_training
from seqrec.preparation.cold_items import draw_cold, keep_out
from seqrec.preparation.prepare import prepare
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.types import Split
from tests.seqrec.preparation.tables import listed, prompts_and_targets, protocol, sequences
from tests.seqrec.preparation.test_prepare import shop

SPLITS = pytest.mark.parametrize("split", ["temporal", "leave_one_out"])
SAMPLED = {"name": "sampled", "n": 4}


def rules(split: str, **changes: object):
    """Return a protocol that keeps a fifth of the items out."""
    return protocol(split={"name": split}, cold_items=0.2, **changes)


def test_events_of_new_items_leave_everything_but_the_targets_of_the_test() -> None:
    data = sequences([[(item, item) for item in range(6)], [(item, item) for item in (5, 1, 2, 3)]])
    cold = np.isin(np.arange(6), [0, 5])
    parts = keep_out(LeaveOneOut().split(data, 0, refit=True), cold)
    assert listed(parts.train) == {0: [1, 2, 3, 4], 1: [1, 2]}
    assert prompts_and_targets(parts.test) == {0: ([1, 2, 3, 4], 5), 1: ([1, 2], 3)}
    assert parts.dropped["train_events_cold_item"] == 2


def test_a_case_that_has_no_prompt_left_is_counted() -> None:
    data = sequences([[(1, 0), (2, 1), (3, 2)], [(2, 0), (2, 1), (3, 2)]])
    parts = keep_out(LeaveOneOut().split(data, 0, refit=True), np.isin(np.arange(4), [2]))
    assert prompts_and_targets(parts.test) == {0: ([1], 3)}
    assert parts.dropped["test_cases_only_cold_items"] == 1
    assert parts.dropped["valid_cases_cold_item"] == 2


@SPLITS
@pytest.mark.parametrize("candidates", [{"name": "full"}, SAMPLED], ids=["full", "sampled"])
def test_new_items_are_candidates_and_targets_that_training_and_prompts_never_show(
    split: str, candidates: object
) -> None:
    asked = rules(split, candidates=candidates)
    found: Split = prepare(shop(200), asked).split
    cold, training = draw_cold(found.n_items, 0.2, asked.seed), found.training
    assert cold.sum() == 3
    for part in (training.fit, training.train, training.valid.prompts, found.test.prompts):
        assert len(part)
        assert part.lengths.min() > 0
        assert not cold[part.items].any()
    assert not cold[training.valid.targets].any()
    assert cold[found.test.targets].any()
    assert training.rules.candidates[cold].all()
    if found.test.shown is not None:
        # A new item that is only ever shown as a target would give the answer away.
        negatives = found.test.shown[found.test.shown != found.test.targets[:, None]]
        assert cold[negatives].any()


@SPLITS
def test_the_audit_knows_that_new_items_are_candidates_on_purpose(split: str) -> None:
    asked = rules(split)
    found = {one.sentence: one.verdict for one in check(prepare(shop(200), asked).split, asked, {}, {})}
    [(sentence, verdict)] = [one for one in found.items() if "kept out of training on purpose" in one[0]]
    assert verdict in {"ok", "by design"}
    assert "20.0 % of all items" in sentence


def test_cases_are_divided_by_whether_training_shows_their_target() -> None:
    found = prepare(shop(200), rules("leave_one_out")).split
    members = by_training(found)
    assert set(members) == {"new item", "trained item"}
    assert not found.training.trained[found.test.targets[members["new item"]]].any()

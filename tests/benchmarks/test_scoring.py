"""The benchmark of scoring at a small size; its peer is not installed for tests."""

import pytest

from benchmarks import scoring

SIZE = scoring.Size(n_users=120, n_items=80, width=4, k=5, n_threads=1)


def test_lists_are_the_best_products_of_what_a_user_has_not_seen() -> None:
    data, lists = SIZE.data, scoring.make_lists(SIZE)
    scores = data.users @ data.items.T
    scores[[[row] for row in range(SIZE.n_users)], data.seen] = -float("inf")
    assert scoring.agreement(lists, (-scores).argsort(1)[: scoring.SHOWN, :5].tolist()) == 1.0
    assert scoring.write_lists(SIZE) == []


def test_it_prints_a_row_for_each_program(capsys: pytest.CaptureFixture[str]) -> None:
    scoring.main(users=60, items=80, width=4, k=5, threads=1, rounds=1, peers=None)
    out = capsys.readouterr().out
    assert scoring.OURS in out
    assert scoring.WHOLE in out
    assert scoring.PEER not in out

"""The leaderboard says what its marks mean."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from flows.cli.table import leaderboard_table
from seqrec.evaluation.results import Table
from tests.seqrec.report.contents import content_of


def shown(table: Table) -> str:
    out = StringIO()
    Console(file=out, width=200).print(leaderboard_table(table))
    return " ".join(out.getvalue().split())


def test_marks_are_explained() -> None:
    table = content_of(n_test=200, n_resamples=20).comparison.table
    text = shown(table)
    assert "95% of ndcg@20 over seeds and cases" in text
    assert "p < 0.05 in a t test over seeds and cases, Holm-corrected" in text
    worse = table.row("most_popular")
    assert worse.difference is not None
    assert f"{worse.difference.mean:+.4f} *" in text
    assert "†" not in text


def test_one_training_is_marked_in_place_of_a_verdict() -> None:
    table = content_of(n_test=200, n_resamples=20).comparison.table
    alone = {row.label: replace(row, one_training=True, p_value=None, p_adjusted=None) for row in table.rows[:1]}
    text = shown(replace(table, rows=tuple(alone.get(row.label, row) for row in table.rows)))
    (row,) = alone.values()
    assert row.difference is not None
    assert f"{row.difference.mean:+.4f} †" in text
    assert "† one training: intervals over cases only, and no verdict" in text

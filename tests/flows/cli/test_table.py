"""The leaderboard says what its marks mean."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from flows.cli.display import console
from flows.cli.table import show_leaderboard
from seqrec.evaluation.results import Table
from tests.seqrec.report.contents import content_of


def shown(table: Table, width: int = 200) -> str:
    out = StringIO()
    show_leaderboard(Console(file=out, width=width), table)
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


def test_title_and_caption_are_whole_lines_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    table = replace(
        content_of(n_test=200, n_resamples=20).comparison.table, title="A title " * 40, notes=("So. " * 90,)
    )
    show_leaderboard(console(), table)
    title, *_, caption = capsys.readouterr().out.splitlines()
    assert title == table.title.rstrip()
    assert caption.endswith("So. So.")
    assert caption.startswith("200 test cases")


def test_notes_stand_below_the_table() -> None:
    table = content_of(n_test=200, n_resamples=20).comparison.table
    assert shown(replace(table, notes=("Read it so.",))).endswith("Read it so.")


def test_one_training_is_marked_in_place_of_a_verdict() -> None:
    table = content_of(n_test=200, n_resamples=20).comparison.table
    alone = {row.label: replace(row, one_training=True, p_value=None, p_adjusted=None) for row in table.rows[:1]}
    text = shown(replace(table, rows=tuple(alone.get(row.label, row) for row in table.rows)))
    (row,) = alone.values()
    assert row.difference is not None
    assert f"{row.difference.mean:+.4f} †" in text
    assert "† one training: intervals over cases only, and no verdict" in text


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_no_number_is_cut_and_narrow_terminals_show_fewer_metrics(width: int) -> None:
    table = content_of(n_test=200, n_resamples=20).comparison.table
    text = shown(table, width)
    assert "…" not in text
    for row in table.rows:
        assert row.label in text
        assert f"{row.cells[table.comparison].mean:.4f}" in text
    n_metrics = {80: 1, 100: 3, 120: 4, 200: 4}[width]
    assert sum(name in text.split("┡")[0] for name in ("ndcg@10", "ndcg@20", "hr@20", "coverage@20")) == n_metrics

"""The page of all nights: its lines, and that everything from data is text."""

from seqrec.evaluation.results import Cell
from seqrec.report.nights import render_nights
from seqrec.serving.night import Night, Score
from seqrec.serving.outcome import Outcome, Realised
from tests.seqrec.report.test_render import EVIL, Page, drawn

CELL = Cell(0.25, None, 0.2, 0.3)
REALISED = {"all": Realised(40, CELL, CELL), "0 to 1 days": Realised(30, CELL, CELL)}
OUTCOME = Outcome(5, 100, 40, 2, lists=REALISED, popularity=REALISED)


def night(number: int, outcome: Outcome | None = None, champion: str | None = None) -> Night:
    """Return the night before the given day of May."""
    return Night(
        at=f"2026-05-{number:02d}T03:00:00+00:00",
        comparison="key",
        metric="ndcg_at_20",
        n_cases=500,
        best=Score("sasrec", CELL),
        floor=Score("markov", CELL),
        champion=None if champion is None else Score(champion, CELL),
        version=None if champion is None else "1",
        decision="HOLD",
        reasons=(EVIL,),
        drift=None,
        outcome=outcome,
    )


def test_each_night_is_a_point_of_each_line_and_reasons_are_text() -> None:
    nights = [night(3, OUTCOME, "sasrec"), night(2, None, "sasrec"), night(1)]
    page = Page(render_nights("shop", nights))
    assert EVIL in page.text
    assert "3 nights" in page.text
    assert "sasrec answers, as version 1: NDCG@20 0.2500" in page.text
    reached, realised = drawn(page).values()
    lengths = {name: len(glyph.data_source.data["x"]) for name, glyph in lines_of(reached).items()}
    assert lengths == {"champion": 2, "best model": 3, "best floor": 3}
    assert set(lines_of(realised)) == {"lists of the champion", "most popular items"}


def test_the_first_night_has_no_lists_and_no_champion() -> None:
    page = Page(render_nights("shop", [night(1)]))
    assert "1 night " in page.text
    assert "Nobody answers yet." in page.text
    (reached,) = drawn(page).values()
    assert set(lines_of(reached)) == {"best model", "best floor"}


def lines_of(chart):
    """Return what is drawn for each name of the legend."""
    return {item.label.value: item.renderers[0] for item in chart.legend[0].items}

"""The page of all nights: its lines, and that everything from data is text."""

from dataclasses import replace

from seqrec.evaluation.results import Cell
from seqrec.ingest.drift import Drift, Snapshot
from seqrec.report.nights import render_nights
from seqrec.serving.night import Night, Score
from seqrec.serving.outcome import Outcome, Realised
from tests.seqrec.report.test_render import EVIL, Page, drawn

CELL = Cell(0.25, None, 0.2, 0.3)
SNAPSHOT = Snapshot(n_interactions=900, n_users=40, n_items=60, mean_length=22.5, titled=1.0)
DRIFT = Drift(SNAPSHOT, SNAPSHOT, 0.0, 0.0, 0.0, 0.0, 0.0, ())
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


def test_two_nights_of_one_day_are_told_apart_by_the_minute() -> None:
    late, early, alone = (
        replace(one, at=at, drift=DRIFT)
        for one, at in zip(
            [night(3, OUTCOME, "sasrec"), night(3, OUTCOME, "sasrec"), night(2, OUTCOME)],
            ["2026-05-03T21:45:10+00:00", "2026-05-03T03:00:00+00:00", "2026-05-02T03:00:00+00:00"],
            strict=True,
        )
    )
    page = Page(render_nights("shop", [late, early, alone]))
    # Once in each of the tables of lists, decisions and dumps; the head names the last one, too.
    assert page.text.count("2026-05-03 03:00") == 3
    assert page.text.count("2026-05-03 21:45") == 4
    assert page.text.count("2026-05-02 03:00") == 1
    (reached, _) = drawn(page).values()
    told = lines_of(reached)["best model"].data_source.data["told"]
    names = ["2026-05-02", "2026-05-03 03:00", "2026-05-03 21:45"]
    assert told == [f"best model, {name}: 0.2500 (0.2000 to 0.3000)" for name in names]


def lines_of(chart):
    """Return what is drawn for each name of the legend."""
    return {item.label.value: item.renderers[0] for item in chart.legend[0].items}

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from bokeh.document import Document
from bokeh.models import GlyphRenderer, Legend, Line, Scatter, Segment

from seqrec.report.notices import notices
from seqrec.report.palette import looks
from seqrec.report.render import render
from seqrec.report.words import chance, method
from tests.browser import browser_page, needs_browser
from tests.seqrec.report.contents import MODELS, content_of

GAP = """() => {
  const heading = document.querySelector("#data h3");
  const above = heading.closest(".pair").previousElementSibling;
  return heading.getBoundingClientRect().top - above.getBoundingClientRect().bottom;
}"""
"""The pixels between the heading "Data" and what stands above it."""
LINE_PX = 20

EVIL = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Collects the text outside scripts, and every element with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.scripts, self.words = [], [], []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        inside = self.elements[-1][0] if self.elements else ""
        (self.scripts if inside == "script" and self.cdata_elem else self.words).append(data)


@pytest.fixture(scope="module")
def content():
    return content_of(n_test=200, title=EVIL, n_resamples=50)


@pytest.fixture(scope="module")
def page(content):
    return Page(render(content))


def test_requests_nothing_from_outside(page):
    for tag, attributes in page.elements:
        assert tag not in {"iframe", "object", "embed", "img"}
        assert "src" not in attributes, (tag, attributes)
        if tag == "link":
            assert attributes["href"] == "data:,"
    assert "@import" not in "".join(page.words)


def test_titles_are_text_and_never_elements(page):
    assert EVIL in page.text
    assert not [script for script in page.scripts if script.startswith("alert(1)")]


def test_tells_what_intervals_and_tests_cover(page, content):
    table = content.comparison.table
    assert " ".join(method(table).split()) in page.text
    assert f"These trainings against those of {table.reference}: whether they, and no others" in page.text
    bound = next(row.sign_flip for row in table.rows if row.sign_flip and row.sign_flip.is_bound)
    assert chance(bound.p_adjusted, is_bound=True) in page.text


def test_one_training_is_named_in_place_of_a_verdict(content):
    table = content.comparison.table
    first = replace(table.rows[0], one_training=True, p_value=None, p_adjusted=None)
    comparison = replace(content.comparison, table=replace(table, rows=(first, *table.rows[1:])))
    text = Page(render(replace(content, comparison=comparison))).text
    assert f"{first.difference.mean:+.4f} one training" in text
    assert "1 model is one training, without a verdict" in text
    assert "(cases only)" in text


def drawn(page):
    """Return the chart of each element that the page's scripts draw into, restored from its JSON in order."""
    items = [
        json.loads(one) for one in re.findall(r"^Bokeh\.embed\.embed_item\((.*)\)$", "\n".join(page.scripts), re.M)
    ]
    return {item["target_id"]: Document.from_json(item["doc"]).roots[0] for item in items}


def test_labels_can_not_leave_a_chart(content):
    table = content.comparison.table
    rows = tuple(replace(row, label=EVIL if row.label == "sasrec" else row.label) for row in table.rows)
    comparison = replace(content.comparison, table=replace(table, rows=rows), slices=())
    page = Page(render(replace(content, comparison=comparison, fits=(), scorecards=(), examples=())))
    assert not [script for script in page.scripts if script.startswith("alert(1)")]
    legend = drawn(page)["chart-time"].select_one(Legend)
    assert EVIL in {item.label.value for item in legend.items}


def test_the_page_is_small_enough_to_send():
    page = render(content_of())
    assert len(page.encode()) < 2_000_000


def test_bokeh_is_there_once(page):
    assert sum("BokehJS" in script for script in page.scripts) == 1


def test_every_chart_draws_into_its_own_element(page):
    ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id", "").startswith("chart-")]
    assert sorted(ids) == [
        "chart-coverage",
        "chart-forest",
        "chart-loss",
        "chart-slices_0",
        "chart-slices_1",
        "chart-slices_2",
        "chart-slices_3",
        "chart-time",
        "chart-validation",
    ]
    assert list(drawn(page)) == ids


def test_a_click_on_a_name_hides_all_that_is_drawn_for_it(content, page):
    for name, chart in drawn(page).items():
        legend = chart.select_one(Legend)
        if legend is None:
            assert name == "chart-forest"
            continue
        assert legend.click_policy == "hide"
        assert {item.label.value for item in legend.items} <= set(MODELS)
        hidden = [renderer for item in legend.items for renderer in item.renderers]
        assert sorted(one.id for one in hidden) == sorted(one.id for one in chart.select(GlyphRenderer))


def test_links_of_the_header_lead_somewhere(page):
    targets = {
        attributes["href"][1:] for tag, attributes in page.elements if attributes.get("href", "").startswith("#")
    }
    assert targets <= {attributes.get("id") for _, attributes in page.elements}
    assert len(targets) == 10


def test_shows_every_model_and_the_numbers_of_the_table(content, page):
    for row in content.comparison.table.rows:
        assert row.label in page.text
        assert f"{row.cells['ndcg_at_20'].mean:.4f}" in page.text
    assert "a loss of NaN in epoch 3" in page.text
    assert content.command in page.text
    assert "c0acd41f2b7e" in page.text
    assert "LLM2SASRec" in page.text


def test_shows_what_the_audit_found(page):
    assert "Nothing is wrong. 1 of 2 findings follow from the protocol or the dump" in page.text
    assert "43.5 % of test targets share a time." in page.text
    assert "tied targets 0.4346" in page.text
    assert "n cases 200" in page.text
    badges = [attributes["class"] for tag, attributes in page.elements if "badge" in attributes.get("class", "")]
    assert badges == ["badge ok", "badge note"]


def test_shows_the_quality_of_the_dump(content, page):
    (notice,) = notices(content.quality)
    assert notice.found in page.text
    assert "set aside: not JSON 3" in page.text
    assert "210,606 records of all files" in page.text
    silent = replace(
        content, quality=replace(content.quality, events=replace(content.quality.events, n_moments=198_502))
    )
    assert "There are no warnings." in Page(render(silent)).text


def test_parts_without_content_are_left_out(content):
    bare = replace(
        content,
        fits=tuple(replace(fit, epochs=()) for fit in content.fits),
        failures=(),
        scorecards=(),
        examples=(),
        commit=None,
    )
    ids = {attributes.get("id") for _, attributes in Page(render(bare)).elements}
    assert not ids & {"learning", "failures", "published", "examples", "chart-loss", "chart-validation"}
    assert {"leaderboard", "trade-offs", "slices", "audit", "data", "again"} <= ids


def test_same_content_same_page(content):
    one, other = (re.sub(r'"p\d+"', "a number that Bokeh counts up", render(content)) for _ in range(2))
    assert one == other


def test_looks_are_distinct_and_floors_are_dashed(content):
    look = looks(content.comparison.table)
    assert len({(one.colour, one.marker) for one in look.values()}) == len(MODELS)
    assert {label for label, one in look.items() if one.dash == "dotted" and one.hollow} == {
        "markov",
        "recency",
        "most_popular",
    }


def test_chart_data_are_the_table_s(content, page):
    chart = drawn(page)["chart-forest"]
    rows = {row.label: row.cells["ndcg_at_20"] for row in content.comparison.table.rows}
    assert list(chart.y_range.factors) == list(reversed(rows))
    shown = {
        kind: [r.data_source.data for r in chart.renderers if isinstance(r.glyph, kind)] for kind in (Scatter, Segment)
    }
    assert {data["y"][0]: data["x"][0] for data in shown[Scatter]} == {label: cell.mean for label, cell in rows.items()}
    ends = {data["y"][0]: (data["low"][0], data["high"][0]) for data in shown[Segment]}
    assert ends == {label: (cell.low, cell.high) for label, cell in rows.items()}


def test_a_ring_marks_the_kept_epoch_of_each_seed(content, page):
    chart = drawn(page)["chart-validation"]
    kinds = {kind: [r for r in chart.renderers if isinstance(r.glyph, kind)] for kind in (Line, Scatter)}
    learnt = [fit for fit in content.fits if fit.epochs]
    assert len(kinds[Line]) == len(learnt)
    assert sorted(r.data_source.data["x"][0] for r in kinds[Scatter]) == sorted(fit.best_epoch for fit in learnt)


def test_a_core_filter_that_removes_much_is_mentioned(content, page):
    filtered = replace(content, summary={**content.summary, "n_items": 4_000})
    sentence = "It leaves 22,363 of 22,363 users (100%) and 4,000 of 12,101 items (33%)."
    assert sentence in Page(render(filtered)).text
    assert "It leaves" not in page.text


@needs_browser
def test_what_stands_below_a_text_keeps_its_distance(content, tmp_path):
    filtered = replace(content, summary={**content.summary, "n_items": 4_000})
    (tmp_path / "page.html").write_text(render(filtered), encoding="utf-8")
    with browser_page() as (shown, errors):
        shown.goto((tmp_path / "page.html").as_uri())
        assert shown.evaluate(GAP) >= LINE_PX
        assert errors == []


def test_an_order_without_times_has_no_dates(content):
    ordered = replace(content, summary={**content.summary, "has_times": False})
    shown = Page(render(ordered)).text
    assert "an order without times" in shown
    assert "2002-06-12 to" not in shown

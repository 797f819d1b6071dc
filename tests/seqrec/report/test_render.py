import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from seqrec.report.charts import charts
from seqrec.report.notices import notices
from seqrec.report.palette import looks
from seqrec.report.render import render
from seqrec.report.words import chance, method
from tests.seqrec.report.contents import MODELS, content_of

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


def test_labels_can_not_leave_a_chart(content):
    table = content.comparison.table
    evil = {row.label: replace(row, label=row.label) for row in table.rows}
    rows = tuple(replace(evil[row.label], label=EVIL if row.label == "sasrec" else row.label) for row in table.rows)
    comparison = replace(content.comparison, table=replace(table, rows=rows), slices=())
    html = "".join(charts(comparison, ()).values())
    assert "alert(1)" in html
    assert html.count("<script") == html.count("</script>") == 3
    assert EVIL not in html


def test_plotly_is_there_once(page):
    assert sum("plotly.js v" in script for script in page.scripts) == 1


def test_every_chart_draws_into_its_own_element(page):
    ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id", "").startswith("chart-")]
    assert sorted(ids) == [
        "chart-coverage",
        "chart-forest",
        "chart-learning",
        "chart-slices_0",
        "chart-slices_1",
        "chart-slices_2",
        "chart-slices_3",
        "chart-time",
    ]
    drawn = re.findall(r'Plotly\.newPlot\(\s*"([^"]+)"', "".join(page.scripts))
    assert sorted(drawn) == sorted(ids)


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
    assert not ids & {"learning", "failures", "published", "examples", "chart-learning"}
    assert {"leaderboard", "trade-offs", "slices", "audit", "data", "again"} <= ids


def test_same_content_same_page(content):
    assert render(content) == render(content)


def test_looks_are_distinct_and_floors_are_dashed(content):
    look = looks(content.comparison.table)
    assert len({(one.colour, one.symbol) for one in look.values()}) == len(MODELS)
    assert {label for label, one in look.items() if one.dash == "dot"} == {
        "markov",
        "recency",
        "most_popular",
    }


def test_chart_data_are_the_table_s(content):
    html = charts(content.comparison, ())["forest"]
    traces = json.loads(re.search(r'newPlot\(\s*"chart-forest",\s*(\[.*?\]),\s*\{"template"', html, re.DOTALL).group(1))
    shown = {trace["y"][0]: trace["x"][0] for trace in traces}
    assert shown == {row.label: row.cells["ndcg_at_20"].mean for row in content.comparison.table.rows}


def test_an_order_without_times_has_no_dates(content):
    ordered = replace(content, summary={**content.summary, "has_times": False})
    shown = Page(render(ordered)).text
    assert "an order without times" in shown
    assert "2002-06-12 to" not in shown

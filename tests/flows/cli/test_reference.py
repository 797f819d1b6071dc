"""The generated pages of `docs/reference`."""

import re
from pathlib import Path

import pytest

from flows.cli.choices import choices_of_classes, read_choices
from flows.cli.reference import reference_pages

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "reference"
PAGES = reference_pages()


def test_the_pages_are_up_to_date() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert written == PAGES, "a configuration class has changed: run `make reference` and commit docs/reference"


def test_lists_and_descriptions_are_up_to_date() -> None:
    told = "a configuration class has changed: run `make reference` and commit flows/cli/choices.json"
    assert read_choices().to_text() == choices_of_classes().to_text(), told


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_heading_or_a_page(name: str) -> None:
    headings = re.findall(r"^## (.+)$", PAGES[name], re.MULTILINE)
    anchors = {"#" + re.sub(r"[^a-z0-9_-]", "", heading.lower()) for heading in headings}
    links = set(re.findall(r"\]\(([^)]+)\)", PAGES[name]))
    assert links - anchors - set(PAGES) == set()
    assert anchors <= links


@pytest.mark.parametrize("name", PAGES)
def test_every_row_has_as_many_cells_as_its_table(name: str) -> None:
    rows = [line for line in PAGES[name].splitlines() if line.startswith("|")]
    cells = [len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows]
    assert rows
    assert set(cells) <= {2, 4}
    assert all(row.endswith("|") for row in rows)

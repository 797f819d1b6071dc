from collections import Counter
from dataclasses import replace

import pytest

from seqrec.report.quality import LENGTHS, quality_sections
from tests.seqrec.ingest.samples import EVENTS, QUALITY


def test_sections_hold_every_number_once() -> None:
    sections = {section.title: {fact.what: fact for fact in section.facts} for section in quality_sections(QUALITY)}
    assert sections["Rows"]["read"].shown == "210,603"
    assert sections["Interactions"]["ties in time"].shown == "10.00%"
    assert sections["Interactions"]["last"].value == "2014-07-23 00:00:00"
    assert sections["Items"]["with a shared title"].value == 55
    assert sections["Published size"]["items"].note == "the same here"
    lengths = sections["Interactions per user"]
    assert [lengths[name].value for name in ("fewest", "median", "most")] == [5, 5, 204]
    assert {name: fact.value for name, fact in lengths.items() if name[0].isdigit() and fact.value} == {
        "5 to 9": 22_362,
        "200 and more": 1,
    }


@pytest.mark.parametrize("longest", [1, LENGTHS[-1] - 1, LENGTHS[-1], LENGTHS[-1] + 1])
def test_every_user_is_in_one_class(longest: int) -> None:
    quality = replace(QUALITY, events=replace(EVENTS, lengths=Counter({1: 3, longest: 4})))
    (lengths,) = (section for section in quality_sections(quality) if section.title == "Interactions per user")
    assert sum(fact.value for fact in lengths.facts if fact.what[0].isdigit()) == sum({1: 3, longest: 4}.values())
    assert lengths.facts[-1].what == "200 and more"


def test_difference_to_what_was_published() -> None:
    quality = replace(QUALITY, n_read=210_600, events=replace(EVENTS, n_interactions=198_499))
    (known,) = (section for section in quality_sections(quality) if section.title == "Published size")
    assert [fact.note for fact in known.facts][-1] == "-3 here"

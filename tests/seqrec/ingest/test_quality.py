import json
from dataclasses import replace

import polars as pl
import pytest

from seqrec.datasets import amazon_2014, amazon_2018
from seqrec.ingest.facts import CatalogueFacts, Rows, catalogue_facts
from seqrec.ingest.keys import hash_of
from seqrec.ingest.known import KNOWN_SIZES, known_size_of
from seqrec.ingest.quality import Quality
from seqrec.ingest.sections import LENGTHS, quality_sections
from tests.seqrec.ingest.samples import CATALOGUE, EVENTS, QUALITY


def whats(quality: Quality) -> list[str]:
    return [notice.what for notice in quality.warnings]


def test_every_row_read_is_kept_or_set_aside() -> None:
    assert Rows(10, 5, 3, {"no asin": 2}).set_aside_share == 0.2
    with pytest.raises(AssertionError, match="the reader lost or doubled some"):
        Rows(10, 5, 3, {"no asin": 1})


def test_a_sound_dump_has_no_warnings() -> None:
    assert QUALITY.warnings == ()


@pytest.mark.parametrize(
    ("quality", "what", "found", "remedy"),
    [
        (
            replace(QUALITY, rows=Rows(220_603, 198_502, 12_101, {"no asin": 9_000, "not JSON": 1_000})),
            "Rows set aside",
            "4.5% of 220,603 rows, most of them as 'no asin' (9,000)",
            "dataset.duplicates",
        ),
        (replace(QUALITY, events=replace(EVENTS, n_exact_duplicates=3)), "Exact duplicates", "3 inter", "'exact'"),
        (replace(QUALITY, events=replace(EVENTS, tied=0.43)), "Ties in time", "43.0%", "protocol.ties = 'random'"),
        (
            replace(QUALITY, catalogue=replace(CATALOGUE, n_interacted_described=6_000, n_interacted_titled=6_000)),
            "Product table",
            "only 6,000 of the 12,101 items of the interactions (49.6%)",
            "same ids",
        ),
        (replace(QUALITY, catalogue=replace(CATALOGUE, n_interacted_titled=0)), "Titles", "only 0 of", "categories"),
        (
            replace(QUALITY, catalogue=replace(CATALOGUE, n_shared_titles=1_211)),
            "Shared titles",
            "1,211 items (10.0%)",
            "template",
        ),
        (
            replace(QUALITY, events=replace(EVENTS, n_users=22_362)),
            "Size",
            "22,362 users, 12,101 items and 198,502 interactions; published (5-core) are 22,363",
            "check the files",
        ),
    ],
)
def test_warnings(quality: Quality, what: str, found: str, remedy: str) -> None:
    (notice,) = quality.warnings
    assert notice.what == what
    assert found in notice.found
    assert remedy in notice.remedy


def test_a_dump_without_product_table_lacks_nothing() -> None:
    none = CatalogueFacts(0, 0, 0, 0, 12_101, 0, 0)
    assert whats(replace(QUALITY, rows=Rows(198_502, 198_502, 0, {}), catalogue=none)) == []


def test_json_and_back() -> None:
    assert Quality.from_json(json.loads(json.dumps(QUALITY.to_json()))) == QUALITY


def test_a_catalogue_of_nothing() -> None:
    interacted = pl.DataFrame({"item_id": ["a"]}).select(hash_of("item_id")).to_series()
    assert catalogue_facts([], interacted, 0) == CatalogueFacts(0, 0, 0, 0, 1, 0, 0)


def test_the_core_is_told_from_the_whole_dump() -> None:
    core = known_size_of("amazon_2014-beauty", shortest=5)
    assert core is not None
    assert core.n_interactions == 198_502
    assert known_size_of("amazon_2014-beauty", shortest=1) is None
    assert known_size_of("amazon_2014-garden", shortest=5) is None


@pytest.mark.parametrize("config", [amazon_2014.Config, amazon_2018.Config])
def test_the_size_of_the_published_core_is_not_expected_of_all_reviews(
    config: type[amazon_2014.Config | amazon_2018.Config],
) -> None:
    core, whole = config(), config(core5=False)
    assert known_size_of(core.label, shortest=5) is not None
    assert known_size_of(whole.label, shortest=5) is None


def test_known_sizes_are_said_once_each() -> None:
    assert len({(one.label, one.shortest) for one in KNOWN_SIZES}) == len(KNOWN_SIZES) >= 6
    assert all(one.n_interactions >= max(one.n_users * one.shortest, one.n_items) for one in KNOWN_SIZES)


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
    quality = replace(QUALITY, events=replace(EVENTS, lengths={1: 3, longest: 4}))
    (lengths,) = (section for section in quality_sections(quality) if section.title == "Interactions per user")
    assert sum(fact.value for fact in lengths.facts if fact.what[0].isdigit()) == sum({1: 3, longest: 4}.values())
    assert lengths.facts[-1].what == "200 and more"


def test_difference_to_what_was_published() -> None:
    quality = replace(QUALITY, events=replace(EVENTS, n_interactions=198_499))
    (known,) = (section for section in quality_sections(quality) if section.title == "Published size")
    assert [fact.note for fact in known.facts][-1] == "-3 here"


def test_catalogue_facts() -> None:
    items = pl.DataFrame({"item_id": ["a", "b", "c", "d"], "title": ["Pen", None, "Pen", "Ink"]})
    interacted = pl.DataFrame({"item_id": ["a", "b", "x"]}).select(hash_of("item_id")).to_series()
    assert catalogue_facts(items.to_arrow().to_batches(), interacted, 2) == CatalogueFacts(
        n_described=4,
        n_untitled=1,
        n_shared_titles=2,
        n_cleaned_titles=2,
        n_interacted=3,
        n_interacted_described=2,
        n_interacted_titled=1,
    )

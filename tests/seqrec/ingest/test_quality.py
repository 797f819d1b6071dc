import json
from dataclasses import replace

import pytest

from seqrec.datasets import amazon_2014, amazon_2018
from seqrec.ingest.coverage import Coverage
from seqrec.ingest.known import KNOWN_SIZES, known_size_of
from seqrec.ingest.quality import Quality
from tests.seqrec.ingest.samples import EVENTS, ITEMS, QUALITY


def whats(quality: Quality) -> list[str]:
    return [notice.what for notice in quality.warnings]


def test_every_row_read_is_kept_or_set_aside() -> None:
    assert replace(QUALITY, n_read=210_605, set_aside={"no asin": 2}).set_aside_share == 2 / 210_605
    with pytest.raises(AssertionError, match="the reader lost or doubled some"):
        replace(QUALITY, n_read=210_605, set_aside={"no asin": 1})


def test_a_sound_dump_has_no_warnings() -> None:
    assert QUALITY.warnings == ()


@pytest.mark.parametrize(
    ("quality", "what", "found", "remedy"),
    [
        (
            replace(QUALITY, n_read=220_603, set_aside={"no asin": 9_000, "not JSON": 1_000}),
            "Rows set aside",
            "4.5% of 220,603 rows, most of them as 'no asin' (9,000)",
            "dataset.duplicates",
        ),
        (replace(QUALITY, events=replace(EVENTS, n_triples=198_499)), "Exact duplicates", "3 inter", "'exact'"),
        (
            replace(QUALITY, events=replace(EVENTS, n_moments=122_762)),
            "Ties in time",
            "43.0%",
            "protocol.ties = 'random'",
        ),
        (
            replace(QUALITY, items=replace(ITEMS, n_interacted_described=6_000, n_interacted_titled=6_000)),
            "Product table",
            "only 6,000 of the 12,101 items of the interactions (49.6%)",
            "same ids",
        ),
        (replace(QUALITY, items=replace(ITEMS, n_interacted_titled=0)), "Titles", "only 0 of", "categories"),
        (
            replace(QUALITY, items=replace(ITEMS, n_shared_titles=1_211)),
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
    none = Coverage(0, 0, 0, 0, 12_101, 0, 0)
    assert whats(replace(QUALITY, n_read=198_502, items=none)) == []


def test_json_and_back() -> None:
    assert Quality.from_json(json.loads(json.dumps(QUALITY.to_json()))) == QUALITY


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

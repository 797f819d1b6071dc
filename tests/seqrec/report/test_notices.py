from dataclasses import replace

import pytest

from seqrec.ingest.coverage import Coverage
from seqrec.ingest.quality import Quality
from seqrec.report.notices import notices
from tests.seqrec.ingest.samples import EVENTS, ITEMS, QUALITY


def test_a_sound_dump_has_no_warnings() -> None:
    assert notices(QUALITY) == ()


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
    (notice,) = notices(quality)
    assert notice.what == what
    assert found in notice.found
    assert remedy in notice.remedy


def test_a_dump_without_product_table_lacks_nothing() -> None:
    none = Coverage(0, 0, 0, 0, 12_101, 0, 0)
    assert notices(replace(QUALITY, n_read=198_502, items=none)) == ()

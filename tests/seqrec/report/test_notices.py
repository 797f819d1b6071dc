from collections import Counter
from dataclasses import replace

import pytest

from seqrec.ingest.coverage import Coverage
from seqrec.ingest.dominance import Dominant
from seqrec.ingest.joining import Mismatch
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
        (replace(QUALITY, has_times=False), "No times", "positions in an order", "leave_one_out"),
        (
            replace(QUALITY, events=replace(EVENTS, years=Counter({1990: 2, 1991: 1, 2013: 198_499}))),
            "Times far from the others",
            "3 interactions are 20 years or more from the median year, 2013, most of them in 1990",
            "placeholders",
        ),
        (
            replace(QUALITY, n_read=210_613, set_aside={"time in another unit": 10}),
            "Mixed units of time",
            "10 times are in another unit",
            "time_unit",
        ),
        (replace(QUALITY, n_read=210_613, set_aside={"unknown time": 10}), "Unknown times", "10 times are 0", "order"),
        (
            replace(QUALITY, dominants=(Dominant("user", "0", 9_925),)),
            "One user with an absurd share",
            "'0' has 9,925 interactions, 5.0% of all",
            "dataset.null_words",
        ),
        (
            replace(QUALITY, list_id="7 8 9"),
            "Items that are lists",
            "'7 8 9' are counted as one item",
            "one row per item",
        ),
        (
            replace(QUALITY, notes={"overall: no number, so null": 7, "asin: fine": 3}),
            "Values that can't be read",
            "overall: no number, so null (7)",
            "rows are kept",
        ),
        (
            replace(
                QUALITY,
                items=replace(ITEMS, n_interacted_described=11_000),
                mismatch=Mismatch("007", "7", "one side has leading zeros"),
            ),
            "Product table",
            "(90.9%); the interactions have '007', and it has '7': one side has leading zeros",
            "same ids",
        ),
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

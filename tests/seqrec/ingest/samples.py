"""The quality report of a sound dump, such as Beauty."""

from collections import Counter

from seqrec.ingest.counts import DAY_US, Counts
from seqrec.ingest.coverage import Coverage
from seqrec.ingest.quality import Quality

EVENTS = Counts(
    n_interactions=198_502,
    n_users=22_363,
    n_pairs=198_502,
    n_triples=198_502,
    # A tenth of the 176,139 steps of a user take no time.
    n_moments=180_888,
    lengths=Counter({5: 22_362, 204: 1}),
    first_us=11_850 * DAY_US,
    last_us=16_274 * DAY_US,
    years=Counter({2002: 20, 2012: 100_000, 2014: 98_482}),
    resolution="day",
)
ITEMS = Coverage(
    n_described=12_101,
    n_untitled=7,
    n_shared_titles=55,
    n_cleaned_titles=0,
    n_interacted=12_101,
    n_interacted_described=12_101,
    n_interacted_titled=12_094,
)
QUALITY = Quality(
    "amazon_2014-beauty", "keep", 210_603, {}, {"unixReviewTime: seconds since 1970": 198_502}, True, EVENTS, ITEMS
)

"""The quality report of a sound dump, such as Beauty."""

from seqrec.ingest.facts import CatalogueFacts, EventFacts, Rows
from seqrec.ingest.quality import Quality

EVENTS = EventFacts(
    n_users=22_363,
    n_items=12_101,
    n_interactions=198_502,
    first_time="2002-06-12T00:00:00+00:00",
    last_time="2014-07-23T00:00:00+00:00",
    resolution="day",
    tied=0.1,
    n_exact_duplicates=0,
    n_repeats=0,
    lengths={5: 22_362, 204: 1},
)
CATALOGUE = CatalogueFacts(
    n_described=12_101,
    n_untitled=7,
    n_shared_titles=55,
    n_cleaned_titles=0,
    n_interacted=12_101,
    n_interacted_described=12_101,
    n_interacted_titled=12_094,
)
QUALITY = Quality("amazon_2014-beauty", "keep", Rows(210_603, 198_502, 12_101, {}), EVENTS, CATALOGUE)

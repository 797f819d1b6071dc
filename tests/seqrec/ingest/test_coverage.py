import polars as pl

from seqrec.ingest.coverage import Coverage, coverage
from seqrec.ingest.keys import hash_of


def test_known_answer() -> None:
    items = pl.DataFrame({"item_id": ["a", "b", "c", "d"], "title": ["Pen", None, "Pen", "Ink"]})
    interacted = pl.DataFrame({"item_id": ["a", "b", "x"]}).select(hash_of("item_id")).to_series()
    assert coverage(items.to_arrow().to_batches(), interacted, 2) == Coverage(
        n_described=4,
        n_untitled=1,
        n_shared_titles=2,
        n_cleaned_titles=2,
        n_interacted=3,
        n_interacted_described=2,
        n_interacted_titled=1,
    )


def test_no_product_table() -> None:
    interacted = pl.DataFrame({"item_id": ["a"]}).select(hash_of("item_id")).to_series()
    assert coverage([], interacted, 0) == Coverage(0, 0, 0, 0, 1, 0, 0)

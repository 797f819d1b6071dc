"""Small files in the shapes that people have, beside the repository; the same shapes are generated elsewhere."""

import polars as pl
import pytest

from seqrec.datasets.errors import RejectLog
from seqrec.datasets.table import Catalogue, Config, Events
from tests.seqrec.datasets.files import interactions_of, items_of
from tests.shared_data import shared_case

REVIEWED = {"user": "customer_id", "item": "product_id", "time": "review_date"}
CASES: dict[str, tuple[int, dict[str, object]]] = {
    "02-quoted-newline-in-interactions/interactions.csv": (600, {}),
    "02-quoted-newline-in-interactions/few.csv": (4_000, {}),
    "02-quoted-newline-in-interactions/looks_like_record.csv": (4_000, {}),
    "03-tsv-quote-none/interactions.tsv": (600, REVIEWED),
    "08-other-separators/pipe.csv": (600, {}),
    "08-other-separators/semicolon.csv": (600, {}),
    "08-other-separators/ratings.dat": (600, {"header": False, "user": 0, "item": 1, "value": 2, "time": 3}),
    "08-other-separators/space.txt": (600, {"header": False, "user": 0, "item": 1, "time": "line_order"}),
    "09-json-not-lines/array.json": (600, {}),
    "09-json-not-lines/array_lines.json": (600, {}),
    "09-json-not-lines/pretty.json": (600, {}),
    "09-json-not-lines/mongo.json": (600, {}),
    "09-json-not-lines/sessions.jsonl": (600, {"user": "session", "item": "events.aid", "time": "events.ts"}),
    "12-partitioned-folders/hive/month=*/*.parquet": (600, {}),
    "12-partitioned-folders/spark/part-*.csv": (600, {}),
    "16-steam-variants/v1/australian_user_reviews.json": (600, {"item": "reviews.item_id", "time": "line_order"}),
    "25-rows-with-a-trailing-comma/interactions.csv": (3_600, {}),
    "25-rows-with-a-trailing-comma/comment.csv": (3_600, {}),
    "25-rows-with-a-trailing-comma/sep_line.csv": (3_600, {}),
}


@pytest.mark.parametrize("file", CASES)
def test_every_row_is_kept(file: str) -> None:
    folder = shared_case(file.partition("/")[0])
    n_rows, settings = CASES[file]
    log = RejectLog()
    found = interactions_of(Config(events=Events(file=file, **settings)), folder.parent, log)
    assert (found.height, log.count) == (n_rows, 0)
    assert found.filter(pl.col("timestamp") < pl.datetime(2017, 1, 1, time_zone="UTC")).is_empty() or (
        settings.get("time") == "line_order"
    )


def test_titles_keep_their_stray_quotes() -> None:
    folder = shared_case("03-tsv-quote-none")
    events = Events(file="interactions.tsv", **REVIEWED)
    for quote in ("auto", "none"):
        catalogue = Catalogue(file="interactions.tsv", item="product_id", title="review_headline", quote=quote)
        titles = items_of(Config(events=events, catalogue=catalogue), folder)["title"]
        assert titles.str.contains('"').any()
        assert interactions_of(Config(events=events.model_copy(update={"quote": quote})), folder).height == 600

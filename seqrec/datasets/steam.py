"""Steam reviews and games (Pathak et al. 2017; Kang and McAuley 2018): Python literals, gzipped or plain.

Version 2 has one review per line. Version 1, of Australian players, is read if it is there instead of version 2. A user
is a `username`: user ids are missing for many reviews. Times are whole days: nothing is known of the order
inside a day.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec.config import Listed
from seqrec.datasets.base import DatasetConfig, Duplicates, NonEmpty
from seqrec.datasets.canonical.fields import absent, usable
from seqrec.datasets.canonical.frames import with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import Texts, to_items
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.sniff import read_records
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import Source
from seqrec.datasets.steam_bundles import read_bundles

_PUBLIC = "https://cseweb.ucsd.edu/~wckang"
_REVIEW = {"username": pl.String(), "product_id": pl.String(), "date": pl.String(), "hours": pl.Float64()}
_GAME = {
    "id": pl.String(),
    "app_name": pl.String(),
    "title": pl.String(),
    "genres": pl.List(pl.String()),
    "tags": pl.List(pl.String()),
}
_BUNDLES = "australian_user_reviews"
"""What the reviews of version 1 are called."""
_INCOMPLETE = {
    "no title": absent("title"),
    "no genres": pl.col("genres").list.len() == 0,
    "no tags": pl.col("tags").list.len() == 0,
}


class Config(DatasetConfig):
    """Steam reviews: `steam_reviews.json.gz`, or `australian_user_reviews.json.gz`; and `steam_games.json.gz`."""

    name: Literal["steam"] = "steam"
    duplicates: Duplicates = "pair"
    """Which repeated reviews to set aside, since a player may review a game several times. `keep`: none. `exact`: all
    but the first of those equal in player, game and time. `pair`: all but a player's earliest review of a game."""
    null_words: Listed[NonEmpty] = ()
    """Texts that mean that there is no value; none by default, because players call themselves `nan` and `None`."""
    metadata: Literal["complete", "any", "none"] = "complete"
    """Which games to read. `complete`: those with a title, genres and tags, and only the reviews of these games, as in
    Boz et al. (2024). `any`: all games. `none`: no games, only reviews."""

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The reviews."""
        return (locate(data, (*_of_name("steam_reviews"), *_of_name(_BUNDLES))),)

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The games, unless `metadata` is `none`."""
        remedy = 'Put the file there, or set dataset.metadata = "none" to go without item texts.'
        return () if self.metadata == "none" else (locate(data, _of_name("steam_games"), remedy),)

    def sources(self) -> tuple[Source, ...]:
        """The files at UC San Diego, as https://cseweb.ucsd.edu/~jmcauley/datasets.html lists them."""
        games = () if self.metadata == "none" else ("steam_games.json.gz",)
        return tuple(Source(f"{_PUBLIC}/{name}") for name in ("steam_reviews.json.gz", *games))

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the hours played, where known."""
        by_design = {}
        if self.metadata == "complete":
            # What is set aside of the games is reported where they are read as items.
            games = Reading(self.item_files(reading.path.parent)[0])
            complete = usable(_games(games), games, {"no id": absent("id")}, _INCOMPLETE)
            described = pl.concat(frame["id"] for frame in complete).implode()
            by_design = {"game without title, genres or tags": ~pl.col("product_id").is_in(described)}
        read = read_bundles if reading.path.name in _of_name(_BUNDLES) else read_records
        frames = with_time(read(reading, _REVIEW), reading, "date", "iso")
        return to_interactions(frames, reading, user="username", item="product_id", value="hours", by_design=by_design)

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per game, its genres before its tags."""
        texts: Texts = {"title": "title", "categories": pl.concat_list("genres", "tags")}
        by_design = _INCOMPLETE if self.metadata == "complete" else {}
        return to_items(_games(reading), reading, "id", texts, by_design=by_design)


def _games(reading: Reading) -> Iterator[pl.DataFrame]:
    """The games with one title each, and empty lists where they have none."""
    title = pl.coalesce(pl.when(~absent(name)).then(pl.col(name)) for name in ("title", "app_name"))
    for frame in read_records(reading, _GAME):
        yield frame.with_columns(title.alias("title"), pl.col("genres", "tags").fill_null([]))


def _of_name(name: str) -> tuple[str, str]:
    return f"{name}.json.gz", f"{name}.json"

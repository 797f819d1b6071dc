"""Steam reviews and games, version 2 (Pathak et al. 2017; Kang and McAuley 2018): Python literals, gzipped or plain.

A user is a `username`: user ids are missing for many reviews. Times are whole days: nothing is known of the order
inside a day.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.base import DatasetConfig, Duplicates
from seqrec.datasets.canonical.fields import absent, first_of_each, usable
from seqrec.datasets.canonical.frames import TIME_US, clean_items, to_batches
from seqrec.datasets.canonical.interactions import to_interactions, written_time
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.sniff import read_records
from seqrec.datasets.sources import Source

_PUBLIC = "https://cseweb.ucsd.edu/~wckang"
_REVIEW = {
    "username": pl.String(),
    "product_id": pl.String(),
    "date": pl.String(),
    "hours": pl.Float64(),
}
_GAME = {
    "id": pl.String(),
    "app_name": pl.String(),
    "title": pl.String(),
    "genres": pl.List(pl.String()),
    "tags": pl.List(pl.String()),
}


class Config(DatasetConfig):
    """Steam reviews: `steam_reviews.json.gz` and `steam_games.json.gz`."""

    name: Literal["steam"] = "steam"
    duplicates: Duplicates = "pair"
    """The earliest of several reviews of a game by one player stays."""
    metadata: Literal["complete", "any", "none"] = "complete"
    """Which games are taken: `complete`, those with a title, genres and tags, and reviews of these games alone, as
    Boz et al. (2024) do; `any`; or `none`, which reads the reviews only."""

    @property
    def label(self) -> str:
        """`steam`."""
        return self.name

    def files(self, data: Path) -> tuple[Path, ...]:
        """The reviews, and the games unless `metadata` is `none`."""
        return (_reviews(data),) if self.metadata == "none" else (_reviews(data), _games(data))

    def growing(self, data: Path) -> tuple[Path, ...]:
        """The reviews, unless the games decide which of them count."""
        return () if self.metadata == "complete" else (_reviews(data),)

    def sources(self) -> tuple[Source, ...]:
        """The files at UC San Diego, as https://cseweb.ucsd.edu/~jmcauley/datasets.html lists them."""
        games = () if self.metadata == "none" else ("steam_games.json.gz",)
        return tuple(Source(f"{_PUBLIC}/{name}") for name in ("steam_reviews.json.gz", *games))

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the hours played, where known."""
        path = _reviews(data)
        frames = read_records(path, _REVIEW, rejects)
        by_design = {}
        if self.metadata == "complete":
            # The lines of this file that are set aside are reported where its items are read.
            described = pl.concat([frame["id"] for frame in self._described(data, Rejects())])
            by_design = {"game without title, genres or tags": ~pl.col("product_id").is_in(described.implode())}
        yield from to_interactions(
            (frame.with_columns(written_time("date").alias(TIME_US)) for frame in frames),
            path,
            rejects,
            user="username",
            item="product_id",
            value="hours",
            by_design=by_design,
        )

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per game, its genres before its tags; nothing if `metadata` is `none`."""
        if self.metadata == "none":
            return
        for frame in first_of_each(self._described(data, rejects), "id", _games(data), rejects):
            items = frame.select(
                pl.col("id").alias(schema.ITEM),
                "title",
                pl.lit(None, pl.String).alias(schema.BRAND),
                pl.concat_list("genres", "tags").alias(schema.CATEGORIES),
                pl.lit(None, pl.String).alias(schema.DESCRIPTION),
            )
            yield from to_batches(clean_items(items, rejects))

    def _described(self, data: Path, rejects: Rejects) -> Iterator[pl.DataFrame]:
        """The games that `metadata` asks for, with one title each, and empty lists where they have none."""
        path = _games(data)
        frames = (_tidy(frame) for frame in read_records(path, _GAME, rejects))
        by_design = {
            "no title": absent("title"),
            "no genres": pl.col("genres").list.len() == 0,
            "no tags": pl.col("tags").list.len() == 0,
        }
        wanted = by_design if self.metadata == "complete" else {}
        return usable(frames, path, rejects, {"no id": absent("id")}, by_design=wanted)


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    title = pl.coalesce(pl.when(~absent(name)).then(pl.col(name)) for name in ("title", "app_name"))
    return frame.with_columns(title.alias("title"), pl.col("genres", "tags").fill_null([]))


def _reviews(data: Path) -> Path:
    return locate(data, ("steam_reviews.json.gz", "steam_reviews.json"))


def _games(data: Path) -> Path:
    remedy = 'Put the file there, or set dataset.metadata = "none" to go without item texts.'
    return locate(data, ("steam_games.json.gz", "steam_games.json"), remedy)

"""Rankings on disk, as tables with raw ids: one row per case, and one row per recommended item."""

from pathlib import Path

import numpy as np
import polars as pl

from seqrec.schema import ITEM, TIMESTAMP, USER
from seqrec.types import Cases, Lists, Places, Rankings, Vocabulary
from storage.files.reading import reading
from storage.files.table import read_metadata, read_table, write_table

RANKS = "ranks.parquet"
TOP = "top.parquet"


def write_rankings(folder: Path, rankings: Rankings, cases: Cases, vocabulary: Vocabulary) -> None:
    """Write rankings into `folder`.

    `ranks.parquet` has one row per case: its user, its target, the time of the target, the length of the prompt, and
    the numbers of candidates that score better than the target and the same. `top.parquet` has one row per case and
    rank.

    Raises:
        StorageError: A file can't be written.
    """
    item_ids = pl.Series(vocabulary.item_ids, dtype=pl.String)
    user_ids = pl.Series(vocabulary.user_ids, dtype=pl.String)
    ranks = pl.DataFrame(
        {
            "case": np.arange(len(cases), dtype=np.int32),
            USER: user_ids.gather(cases.prompts.users),
            ITEM: item_ids.gather(cases.targets),
            TIMESTAMP: pl.Series(cases.target_times).cast(pl.Datetime("us", "UTC")),
            "prompt_length": cases.prompts.lengths.astype(np.int32),
            "better": rankings.places.better,
            "tied": rankings.places.tied,
        }
    )
    rows, columns = np.nonzero(rankings.lists.items >= 0)
    items = rankings.lists.items[rows, columns]
    top = pl.DataFrame(
        {
            "case": rows.astype(np.int32),
            "rank": (columns + 1).astype(np.int32),
            USER: user_ids.gather(cases.prompts.users[rows]),
            ITEM: item_ids.gather(items),
            "item": items,
            "score": rankings.lists.scores[rows, columns],
        }
    )
    write_table(folder / RANKS, ranks)
    write_table(folder / TOP, top, {"k": str(rankings.lists.items.shape[1])})


def read_rankings(folder: Path) -> Rankings:
    """Return the rankings in `folder`; a place without an item has item -1 and score minus infinity.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    ranks = read_table(folder / RANKS, ["better", "tied"])
    top = read_table(folder / TOP, ["case", "rank", "item", "score"])
    with reading(folder / TOP, "recommendations, with the length of the lists"):
        k = int(read_metadata(folder / TOP)["k"])
    rows, columns = top["case"].to_numpy(), top["rank"].to_numpy() - 1
    items = np.full((len(ranks), k), -1, np.int32)
    scores = np.full((len(ranks), k), -np.inf, np.float32)
    items[rows, columns] = top["item"].to_numpy()
    scores[rows, columns] = top["score"].to_numpy()
    return Rankings(Lists(items, scores), Places(ranks["better"].to_numpy(), ranks["tied"].to_numpy()))

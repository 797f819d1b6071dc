"""The same leave-one-out sequences for all programs: splits for ours, and one line per user for the peers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.tables import canonical_interactions
from seqrec.ingest.step import Step
from seqrec.preparation.prepare import prepare
from seqrec.preparation.protocol import Full, Protocol
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.preparation.ties import Ties
from seqrec.types import Split
from storage.files import write_split

HELD_OUT, REFIT, LINES = "held_out", "refit", "sequences.txt"
"""Names of our two folders, and of the file for the peers."""
RULES = {
    HELD_OUT: "validation item held out, seen items kept",
    REFIT: "validation item trained on, seen items masked",
}
"""The splits in the folders, in words."""


@dataclass(frozen=True, slots=True)
class Size:
    """The size of the training data."""

    n_users: int
    n_items: int
    n_events: int


def read(dataset: DatasetConfig, data: Path) -> pl.DataFrame:
    """Return the interactions of a dump, including repeated ones."""
    batches = Step().read(dataset.event_files(data), dataset.interactions)
    return pl.DataFrame(pa.Table.from_batches(canonical_interactions(batches)))


def write(folder: Path, interactions: pl.DataFrame, protocol: Protocol, ties: Ties) -> Size:
    """Write both splits and the lines, with one order of the interactions.

    Held out, like RecBole: validation items are not trained on, and all items of the data are candidates, including
    seen ones. Refit, like RecTools: the final training includes the validation items, and candidates are the items of
    the training data, except those that the user has seen.

    Args:
        folder: Folder to write into.
        interactions: Interactions with the columns of `schema.INTERACTIONS`.
        protocol: Supplies the core filter and the seed.
        ties: Order among equal times.
    """
    common = {"ties": ties, "split": LeaveOneOut(), "candidates": Full(catalogue="all"), "seen": "keep"}
    held_out = protocol.model_copy(update=common | {"refit": False})
    refit = protocol.model_copy(update=common | {"refit": True, "seen": "exclude", "candidates": Full()})
    split = prepare(interactions, held_out).split
    for name, one in ((HELD_OUT, split), (REFIT, prepare(interactions, refit).split)):
        (folder / name).mkdir(parents=True)
        write_split(folder / name, one)
    assert len(split.test) == split.training.vocabulary.n_users, (
        "peers split every user, so each must have three events"
    )
    with (folder / LINES).open("w", encoding="ascii") as file:
        file.writelines(_lines(split))
    return Size(len(split.test), split.n_items, split.test.prompts.n_events + len(split.test))


def _lines(split: Split) -> Iterator[str]:
    prompts = split.test.prompts
    for row, target in enumerate(split.test.targets):
        yield " ".join(map(str, [prompts.users[row], *prompts.sequence(row), target])) + "\n"

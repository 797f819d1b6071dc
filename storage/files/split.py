"""Prepared data on disk: the arrays in one file, the raw ids as tables that anything can read."""

from pathlib import Path

import numpy as np
import polars as pl

from seqrec.schema import ITEM, USER
from seqrec.types import Cases, Sequences, Split, Vocabulary
from storage.files.arrays import read_arrays, write_arrays
from storage.files.json_file import read_json, write_json
from storage.files.reading import reading
from storage.files.table import read_table, write_table

ARRAYS = "split.safetensors"
RULES = "rules.json"
ITEM_IDS = "items.parquet"
USER_IDS = "users.parquet"


def write_split(folder: Path, split: Split) -> None:
    """Writes a split into `folder`.

    Raises:
        StorageError: A file can't be written.
    """
    arrays = {
        **_from_sequences("fit", split.fit),
        **_from_sequences("train", split.train),
        **_from_cases("valid", split.valid),
        **_from_cases("test", split.test),
        "candidates": split.candidates,
        "counts": split.counts,
    }
    if split.sampled is not None:
        arrays["sampled"] = split.sampled
    write_arrays(folder / ARRAYS, arrays)
    rules = {"exclude_seen": split.exclude_seen, "refit": split.refit, "shuffled": split.shuffled}
    write_json(folder / RULES, rules)
    write_table(folder / ITEM_IDS, pl.DataFrame({ITEM: pl.Series(split.vocabulary.item_ids, dtype=pl.String)}))
    write_table(folder / USER_IDS, pl.DataFrame({USER: pl.Series(split.vocabulary.user_ids, dtype=pl.String)}))


def read_split(folder: Path) -> Split:
    """The split in `folder`.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    arrays = read_arrays(folder / ARRAYS)
    rules = read_json(folder / RULES)
    with reading(folder / ARRAYS, "the arrays of a split"):
        return Split(
            vocabulary=read_vocabulary(folder),
            fit=_to_sequences("fit", arrays),
            train=_to_sequences("train", arrays),
            valid=_to_cases("valid", arrays),
            test=_to_cases("test", arrays),
            candidates=arrays["candidates"],
            counts=arrays["counts"],
            exclude_seen=rules["exclude_seen"],
            refit=rules["refit"],
            shuffled=rules["shuffled"],
            sampled=arrays.get("sampled"),
        )


def read_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of the split in `folder`, without its sequences.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    return Vocabulary(
        item_ids=read_table(folder / ITEM_IDS, [ITEM])[ITEM].to_numpy(),
        user_ids=read_table(folder / USER_IDS, [USER])[USER].to_numpy(),
    )


def _from_sequences(name: str, sequences: Sequences) -> dict[str, np.ndarray]:
    return {
        f"{name}.offsets": sequences.offsets,
        f"{name}.items": sequences.items,
        f"{name}.times": sequences.times,
        f"{name}.users": sequences.users,
    }


def _to_sequences(name: str, arrays: dict[str, np.ndarray]) -> Sequences:
    return Sequences(
        offsets=arrays[f"{name}.offsets"],
        items=arrays[f"{name}.items"],
        times=arrays[f"{name}.times"],
        users=arrays[f"{name}.users"],
    )


def _from_cases(name: str, cases: Cases) -> dict[str, np.ndarray]:
    return {
        **_from_sequences(f"{name}.prompts", cases.prompts),
        f"{name}.targets": cases.targets,
        f"{name}.target_times": cases.target_times,
    }


def _to_cases(name: str, arrays: dict[str, np.ndarray]) -> Cases:
    return Cases(
        prompts=_to_sequences(f"{name}.prompts", arrays),
        targets=arrays[f"{name}.targets"],
        target_times=arrays[f"{name}.target_times"],
    )

"""A split on disk: the folder `training` has everything models learn from, `test` the test cases and popularity."""

from pathlib import Path

import numpy as np
import polars as pl

from seqrec.schema import ITEM, USER
from seqrec.types import Cases, Rules, Sequences, Split, Training, Vocabulary
from storage.files.arrays import read_arrays, write_arrays
from storage.files.json_file import read_json, write_json
from storage.files.reading import reading
from storage.files.table import read_table, write_table

TRAINING = "training"
"""Folder of everything that training may read."""
TEST = "test"

ARRAYS = "arrays.safetensors"
RULES = "rules.json"
ITEM_IDS = "items.parquet"
USER_IDS = "users.parquet"


def write_split(folder: Path, split: Split) -> None:
    """Write a split into `folder`: arrays as safetensors, raw ids as Parquet tables.

    Raises:
        StorageError: A file can't be written.
    """
    write_training(folder / TRAINING, split.training)
    (folder / TEST).mkdir()
    write_arrays(folder / TEST / ARRAYS, {**_from_cases("test", split.test), "popularity": split.popularity})
    write_json(folder / TEST / RULES, {"shuffled": split.shuffled})


def write_training(folder: Path, training: Training) -> None:
    """Write training data into the new folder `folder`.

    Raises:
        StorageError: A file can't be written.
    """
    folder.mkdir()
    arrays = {
        **_from_sequences("fit", training.fit),
        **_from_sequences("train", training.train),
        **_from_cases("valid", training.valid),
        "candidates": training.rules.candidates,
    }
    write_arrays(folder / ARRAYS, arrays)
    rules = {"k": training.rules.k, "exclude_seen": training.rules.exclude_seen}
    write_json(folder / RULES, rules | {"refit": training.refit, "max_history": training.max_history})
    write_table(folder / ITEM_IDS, pl.DataFrame({ITEM: pl.Series(training.vocabulary.item_ids, dtype=pl.String)}))
    write_table(folder / USER_IDS, pl.DataFrame({USER: pl.Series(training.vocabulary.user_ids, dtype=pl.String)}))


def read_split(folder: Path) -> Split:
    """Read both parts of the split in `folder`.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    arrays, facts = read_arrays(folder / TEST / ARRAYS), read_json(folder / TEST / RULES)
    training = read_training(folder / TRAINING)
    with reading(folder / TEST / ARRAYS, "the arrays of a test"):
        return Split(training, _to_cases("test", arrays), arrays["popularity"], facts["shuffled"])


def read_training(folder: Path) -> Training:
    """Read the training data in `folder`, which is the folder `TRAINING` of a split.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    arrays, facts = read_arrays(folder / ARRAYS), read_json(folder / RULES)
    with reading(folder / ARRAYS, "the arrays of training data"):
        return Training(
            vocabulary=read_vocabulary(folder),
            fit=_to_sequences("fit", arrays),
            train=_to_sequences("train", arrays),
            valid=_to_cases("valid", arrays),
            rules=Rules(facts["k"], arrays["candidates"], facts["exclude_seen"]),
            refit=facts["refit"],
            max_history=facts["max_history"],
        )


def read_vocabulary(folder: Path) -> Vocabulary:
    """Read the vocabulary of the training data in `folder`, without its sequences.

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
    shown = {} if cases.shown is None else {f"{name}.shown": cases.shown}
    return {
        **_from_sequences(f"{name}.prompts", cases.prompts),
        f"{name}.targets": cases.targets,
        f"{name}.target_times": cases.target_times,
        **shown,
    }


def _to_cases(name: str, arrays: dict[str, np.ndarray]) -> Cases:
    return Cases(
        prompts=_to_sequences(f"{name}.prompts", arrays),
        targets=arrays[f"{name}.targets"],
        target_times=arrays[f"{name}.target_times"],
        shown=arrays.get(f"{name}.shown"),
    )

"""Item texts and item features on disk."""

from pathlib import Path

import polars as pl

from seqrec.schema import ITEM
from seqrec.types import FeatureField, Features, Texts
from storage.files.arrays import read_arrays, write_arrays
from storage.files.json_file import read_json, write_json
from storage.files.reading import reading
from storage.files.table import read_table, write_table

TEXTS = "texts.parquet"
FEATURES = "features.safetensors"
NAMES = "names.json"


def write_texts(folder: Path, texts: Texts) -> None:
    """Write one text per item into `folder`, as a Parquet table.

    Raises:
        StorageError: The file can't be written.
    """
    ids = pl.Series(texts.item_ids.tolist(), dtype=pl.String)
    write_table(folder / TEXTS, pl.DataFrame({ITEM: ids, "text": texts.texts, "missing": texts.missing}))


def read_texts(folder: Path) -> Texts:
    """Read the item texts in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    table = read_table(folder / TEXTS, [ITEM, "text", "missing"])
    return Texts(table[ITEM].to_numpy(), tuple(table["text"]), table["missing"].to_numpy())


def write_features(folder: Path, features: Features) -> None:
    """Write the value ids of all items, and the names of the values, into `folder`.

    Raises:
        StorageError: A file can't be written.
    """
    fields = features.fields
    arrays = {f"{name}.offsets": field.offsets for name, field in fields.items()}
    write_arrays(folder / FEATURES, arrays | {f"{name}.values": field.values for name, field in fields.items()})
    write_json(folder / NAMES, {name: list(field.names) for name, field in fields.items()})


def read_features(folder: Path) -> Features:
    """Read the item features in `folder`.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    arrays, names = read_arrays(folder / FEATURES), read_json(folder / NAMES)
    with reading(folder / FEATURES, "the value ids of item features"):
        return Features(
            {
                name: FeatureField(tuple(values), arrays[f"{name}.offsets"], arrays[f"{name}.values"])
                for name, values in names.items()
            }
        )

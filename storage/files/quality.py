"""A quality report beside the tables that it is about, and the way through tables that don't fit into memory."""

from collections.abc import Iterator
from math import ceil
from pathlib import Path

import polars as pl

from seqrec.ingest.keys import USER, keys_of
from seqrec.ingest.quality import Quality
from seqrec.ingest.sections import quality_sections
from storage.atomic_write import discard, writing
from storage.files.json_file import read_json, write_json
from storage.files.reading import reading
from storage.files.table import write_table

QUALITY = "quality.json"
FACTS = "quality.parquet"


def write_quality(folder: Path, quality: Quality) -> None:
    """Writes a report into `folder`: for us as JSON, and for queries as a table of section, what and value.

    Raises:
        StorageError: A file can't be written.
    """
    write_json(folder / QUALITY, quality.to_json())
    facts = [
        {"section": section.title, "what": fact.what, "value": str(fact.value)}
        for section in quality_sections(quality)
        for fact in section.facts
    ]
    write_table(folder / FACTS, pl.DataFrame(facts))


def read_quality(folder: Path) -> Quality:
    """The report in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    plain = read_json(folder / QUALITY)
    with reading(folder / QUALITY, "a quality report"):
        return Quality.from_json(plain)


def key_parts(path: Path, max_rows: int) -> Iterator[pl.DataFrame]:
    """The keys of all interactions in a file, in parts that fit into memory; each user is whole in one of them.

    Where one part is not enough, the keys are first sorted out on disk, beside the file.

    Args:
        path: Canonical interactions, at least one.
        max_rows: Rows that a part should have at most; a user with more is not cut.

    Raises:
        StorageError: The disk is full.
    """
    interactions = pl.scan_parquet(path, glob=False)
    n_parts = ceil(interactions.select(pl.len()).collect().item() / max_rows)
    keys = keys_of(interactions)
    if n_parts == 1:
        yield keys.collect(engine="streaming")
        return
    folder = path.parent / f".{path.name}.keys"
    try:
        with writing(path.parent):
            part = pl.PartitionBy(folder, key=(pl.col(USER) % n_parts).alias("part"), include_key=False)
            keys.sink_parquet(part, compression="lz4", mkdir=True)
        for files in sorted(folder.iterdir()):
            yield pl.read_parquet(sorted(files.iterdir()), glob=False)
            discard(files)
    finally:
        discard(folder)

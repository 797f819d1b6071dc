"""The quality report of a dump, next to its tables."""

from pathlib import Path

import polars as pl

from seqrec.ingest.quality import Quality
from seqrec.report.quality import quality_sections
from storage.files.json_file import read_json, write_json
from storage.files.reading import reading
from storage.files.table import write_table

QUALITY = "quality.json"
FACTS = "quality.parquet"


def write_quality(folder: Path, quality: Quality) -> None:
    """Write a report into `folder`, as JSON for `read_quality` and as a table of section, what and value for queries.

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
    """Return the report in `folder`.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    plain = read_json(folder / QUALITY)
    with reading(folder / QUALITY, "a quality report"):
        return Quality.from_json(plain)

"""A quality report beside the tables that it is about."""

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

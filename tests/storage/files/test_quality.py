"""Quality reports on disk."""

from pathlib import Path

import polars as pl
import pytest

from seqrec.errors import StorageError
from seqrec.report.quality import quality_sections
from storage.files.quality import QUALITY as FILE
from storage.files.quality import read_quality, write_quality
from tests.seqrec.ingest.test_quality import QUALITY


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_quality(tmp_path, QUALITY)
    assert read_quality(tmp_path) == QUALITY


def test_every_fact_is_a_row(tmp_path: Path) -> None:
    write_quality(tmp_path, QUALITY)
    table = pl.read_parquet(tmp_path / "quality.parquet")
    assert table.columns == ["section", "what", "value"]
    assert table.height == sum(len(section.facts) for section in quality_sections(QUALITY))
    row = table.filter(section="Interactions", what="interactions")
    assert row["value"].cast(pl.Int64).item() == 198_502


@pytest.mark.parametrize("text", ["{}", "no JSON"])
def test_a_damaged_report(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StorageError) as caught:
        read_quality(tmp_path)
    assert caught.value.subject == str(tmp_path / FILE)

"""Receipts of downloaded files."""

from pathlib import Path

import pytest

from seqrec.datasets.sources import Source
from storage.files.receipt import read_receipt, write_receipt

URL = "https://dumps.example/a.gz"


@pytest.mark.parametrize("source", [Source(URL), Source(URL, 7, "0" * 64, '"one"')])
def test_a_receipt_comes_back(tmp_path: Path, source: Source) -> None:
    write_receipt(tmp_path / "receipt.json", source)
    assert read_receipt(tmp_path / "receipt.json", URL) == source
    assert read_receipt(tmp_path / "receipt.json", "https://mirror.example/a.gz") is None


@pytest.mark.parametrize("content", [None, "", "{}", '{"url": 1}', f'{{"url": "{URL}", "size_bytes": "many"}}'])
def test_what_is_no_receipt_counts_as_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "receipt.json").write_text(content)
    assert read_receipt(tmp_path / "receipt.json", URL) is None

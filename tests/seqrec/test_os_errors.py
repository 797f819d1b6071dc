from pathlib import Path

import pytest

from seqrec.errors import DataError
from seqrec.os_errors import reading_dump


def test_the_file_and_what_the_system_says_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught, reading_dump(tmp_path):
        raise PermissionError(13, "Permission denied", str(tmp_path / "reviews.json.gz"))
    assert caught.value.subject == str(tmp_path / "reviews.json.gz")
    assert "Permission denied" in caught.value.got
    assert "chmod" in caught.value.remedy


def test_an_error_without_a_file_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught, reading_dump(tmp_path):
        raise OSError(5, "Input/output error")
    assert caught.value.subject == str(tmp_path)


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ours"), reading_dump(tmp_path):
        raise ValueError("ours")

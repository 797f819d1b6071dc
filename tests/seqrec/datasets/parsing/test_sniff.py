from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.parsing.sniff import holds_literals, read_records
from seqrec.datasets.reading import Reading
from tests.seqrec.datasets.files import write


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ('{"asin": "A"}', False),
        ("{'asin': 'A'}", True),
        ("{'asin': \"A\", 'n': None}", True),
        ('\n\n{"asin": \n{"asin": "A"}', False),
        ("{'asin': \n{'asin': 'A'}", True),
        ("nothing\nlike it", False),
        ('{"a": 1}\n' + "{'a': 1}\n" * 9, False),
    ],
)
def test_the_first_readable_line_decides(tmp_path: Path, text: str, literals: bool) -> None:
    assert holds_literals(write(tmp_path / "meta", text)) is literals


@pytest.mark.parametrize("text", ['{"asin": "A"}', "{'asin': 'A'}"])
def test_either_form_is_read(tmp_path: Path, text: str) -> None:
    frames = read_records(Reading(write(tmp_path / "meta", text)), {"asin": pl.String()})
    assert pl.concat(list(frames))["asin"].to_list() == ["A"]

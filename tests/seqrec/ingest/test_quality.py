import json
from dataclasses import replace

import pytest

from seqrec.ingest.quality import Quality
from tests.seqrec.ingest.samples import QUALITY


def test_every_row_read_is_kept_or_set_aside() -> None:
    assert replace(QUALITY, n_read=210_605, set_aside={"no asin": 2}).set_aside_share == 2 / 210_605
    with pytest.raises(AssertionError, match="the reader lost or doubled some"):
        replace(QUALITY, n_read=210_605, set_aside={"no asin": 1})


def test_json_and_back() -> None:
    assert Quality.from_json(json.loads(json.dumps(QUALITY.to_json()))) == QUALITY

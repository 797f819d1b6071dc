import json
import shutil
from pathlib import Path

import pytest

from seqrec.datasets import amazon_2014, amazon_2018, amazon_2023
from seqrec.datasets.amazon_era import era_of
from seqrec.datasets.errors import RejectLog
from seqrec.errors import DataError
from tests.seqrec.datasets.dumps import amazon_2014 as dump_2014
from tests.seqrec.datasets.dumps import amazon_2018 as dump_2018
from tests.seqrec.datasets.dumps import amazon_2023 as dump_2023
from tests.seqrec.datasets.files import interactions_of, items_of, write
from tests.shared_data import shared_data

DUMPS = {"amazon_2014": dump_2014, "amazon_2018": dump_2018, "amazon_2023": dump_2023}
READERS = {
    "amazon_2014": amazon_2014.Config(category="X"),
    "amazon_2018": amazon_2018.Config(category="X"),
    "amazon_2023": amazon_2023.Config(category="X"),
}
NAMES = {
    "amazon_2014": ("reviews_X_5.json.gz", "meta_X.json.gz"),
    "amazon_2018": ("X_5.json.gz", "meta_X.json.gz"),
    "amazon_2023": ("X.jsonl.gz", "meta_X.jsonl.gz"),
}


@pytest.mark.parametrize("era", DUMPS)
def test_every_file_reveals_its_era(era: str, tmp_path: Path) -> None:
    DUMPS[era].write(tmp_path)
    assert era_of(tmp_path / DUMPS[era].REVIEW_FILE) == era_of(tmp_path / DUMPS[era].PRODUCT_FILE) == era


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("era", DUMPS)
def test_a_reader_takes_only_its_own_era(era: str, reader: str, tmp_path: Path) -> None:
    DUMPS[era].write(tmp_path)
    config, (reviews, products) = READERS[reader], NAMES[reader]
    shutil.copy(tmp_path / DUMPS[era].REVIEW_FILE, tmp_path / reviews)
    shutil.copy(tmp_path / DUMPS[era].PRODUCT_FILE, tmp_path / products)
    if era == reader:
        assert len(config.files(tmp_path)) == 2
        return
    for read, name in ((interactions_of, reviews), (items_of, products)):
        with pytest.raises(DataError) as caught:
            read(config, tmp_path)
        assert caught.value.subject == str(tmp_path / name)
        assert caught.value.got == f"a file of {era.replace('_', ' ').title()}"
        assert f"dataset.name = {reader}" in caught.value.expected
        assert f"dataset.name = {era}" in caught.value.remedy


def test_metadata_of_another_era_stop_before_anything_is_read(tmp_path: Path) -> None:
    config = dump_2018.write(tmp_path)
    write(tmp_path / dump_2018.PRODUCT_FILE, "\n".join(dump_2014.PRODUCTS))
    with pytest.raises(DataError) as caught:
        config.files(tmp_path)
    assert caught.value.subject.endswith(dump_2018.PRODUCT_FILE)


@pytest.mark.parametrize(
    ("record", "era"),
    [
        ({"reviewerID": "U", "asin": "A", "unixReviewTime": 1}, None),
        ({"asin": "A", "title": "t"}, None),
        ({"asin": "A", "categories": []}, None),
        ({"asin": "A", "category": "Beauty"}, None),
        ({"verified": True, "style": {}}, None),
        ({"asin": "A", "categories": [["x"]]}, "amazon_2014"),
        ({"asin": "A", "helpful": [0, 0]}, "amazon_2014"),
        ({"asin": "A", "verified": False}, "amazon_2018"),
        ({"asin": "A", "category": []}, "amazon_2018"),
        ({"asin": "A", "parent_asin": "P", "categories": []}, "amazon_2023"),
    ],
)
def test_one_record(record: dict[str, object], era: str | None, tmp_path: Path) -> None:
    assert era_of(write(tmp_path / "a.json", json.dumps(record))) == era
    assert era_of(write(tmp_path / "a.txt", repr(record))) == era


def test_most_lines_decide_and_broken_ones_say_nothing(tmp_path: Path) -> None:
    lines = ["oops", "[" * 100_000, "[1]", '{"asin": "A", "helpful": [0, 1]}', *dump_2018.REVIEWS]
    assert era_of(write(tmp_path / "a", "\n".join(lines))) == "amazon_2018"


def test_what_says_nothing_is_let_through(tmp_path: Path) -> None:
    text = '{"reviewerID": "U", "asin": "A", "unixReviewTime": 1365984000}\n'
    for name in ("reviews_X_5.json.gz", "X_5.json.gz"):
        write(tmp_path / name, text)
    for reader in ("amazon_2014", "amazon_2018"):
        assert interactions_of(READERS[reader], tmp_path, RejectLog()).height == 1


@pytest.mark.parametrize(
    ("folder", "name", "era"),
    [
        ("amazon_2014", "reviews_Beauty_5.json.gz", None),
        ("amazon_2014", "meta_Beauty.json.gz", "amazon_2014"),
        ("amazon_2014", "meta_Sports_and_Outdoors.json.gz", "amazon_2014"),
        ("amazon_2018", "Gift_Cards_5.json.gz", "amazon_2018"),
        ("amazon_2018", "meta_Gift_Cards.json.gz", "amazon_2018"),
    ],
)
def test_real_files(folder: str, name: str, era: str | None) -> None:
    assert era_of(shared_data(folder, name)) == era

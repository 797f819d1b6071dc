"""The sources of dumps: documented addresses, and the same files that are read."""

import pkgutil
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from seqrec.datasets import amazon_2014, amazon_2018, amazon_2023, steam
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.sources import ManualDownload, Source, differences
from tests.seqrec.datasets import dumps

SNAP = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles"
UCSD = "https://mcauleylab.ucsd.edu/public_datasets/data"
HUB = "https://huggingface.co/datasets/McAuley-Lab/Amazon-Reviews-2023/resolve/2aa726ef444e72c6a1364c4baa0bcdfb1de55db6"


@pytest.mark.parametrize(
    ("config", "addresses"),
    [
        (amazon_2014.Config(), [f"{SNAP}/reviews_Beauty_5.json.gz", f"{SNAP}/meta_Beauty.json.gz"]),
        (amazon_2014.Config(category="Baby", core5=False, metadata=False), [f"{SNAP}/reviews_Baby.json.gz"]),
        (
            amazon_2018.Config(category="Software"),
            [
                f"{UCSD}/amazon_v2/categoryFilesSmall/Software_5.json.gz",
                f"{UCSD}/amazon_v2/metaFiles2/meta_Software.json.gz",
            ],
        ),
        (
            amazon_2018.Config(category="Software", core5=False, metadata=False),
            [f"{UCSD}/amazon_v2/categoryFiles/Software.json.gz"],
        ),
        (
            amazon_2023.Config(category="Gift_Cards"),
            [
                f"{UCSD}/amazon_2023/raw/review_categories/Gift_Cards.jsonl.gz",
                f"{UCSD}/amazon_2023/raw/meta_categories/meta_Gift_Cards.jsonl.gz",
            ],
        ),
        (
            amazon_2023.Config(category="Books", source="benchmark", metadata=False),
            [f"{HUB}/benchmark/5core/last_out/Books.{part}.csv" for part in ("train", "valid", "test")],
        ),
        (
            steam.Config(),
            [f"https://cseweb.ucsd.edu/~wckang/steam_{kind}.json.gz" for kind in ("reviews", "games")],
        ),
    ],
)
def test_documented_addresses(config: DatasetConfig, addresses: list[str]) -> None:
    sources = config.sources()
    assert not isinstance(sources, ManualDownload)
    assert [source.url for source in sources] == addresses


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(dumps.__path__)])
def test_what_is_fetched_is_what_is_read(name: str, tmp_path: Path) -> None:
    config = import_module(f"{dumps.__name__}.{name}").write(tmp_path)
    sources = config.sources()
    read = {path.name.removesuffix(".gz") for path in config.files(tmp_path)}
    if isinstance(sources, ManualDownload):
        whole = {name.removesuffix(".gz") for name in sources.file_names}
        assert read == whole or all(archive in sources.steps for archive in read)
        assert urlsplit(sources.page).scheme == "https"
    elif sources:
        assert read == {source.file_name.removesuffix(".gz") for source in sources}
        assert {urlsplit(source.url).scheme for source in sources} == {"https"}


def test_the_name_is_the_end_of_the_path() -> None:
    assert Source("https://dumps.example/a/b.json.gz?download=true").file_name == "b.json.gz"


def test_a_mirror_holds_the_same_paths() -> None:
    source = Source("https://dumps.example/a/b.gz?v=1", 7, "0" * 64)
    assert source.at("https://mirror.example/all/") == Source("https://mirror.example/all/a/b.gz?v=1", 7, "0" * 64)
    assert source.at("http://127.0.0.1:80").url == "http://127.0.0.1:80/a/b.gz?v=1"


def test_only_facts_that_both_know_can_differ() -> None:
    known = Source("https://dumps.example/a.gz", 7, "0" * 64, '"one"')
    assert differences(known, Source("https://mirror.example/a.gz")) == []
    assert differences(known, Source("https://dumps.example/a.gz", 1000, "0" * 64, '"two"')) == [
        ("7 bytes", "1,000 bytes"),
        ('version "one"', 'version "two"'),
    ]

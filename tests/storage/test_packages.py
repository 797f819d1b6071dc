"""Packages: everything that it takes to answer, checked before it is read."""

from pathlib import Path

import pytest
import torch

from seqrec.errors import StorageError
from seqrec.models.markov import Config as Markov
from seqrec.preparation.protocol import Protocol
from seqrec.types import Run
from storage.files import write_table
from storage.models import Given, write_model
from storage.packages import DamagedPackageError, card_of, check_package, open_package, write_package
from storage.store import Store
from tests.seqrec.models.fitted import fitted
from tests.seqrec.models.smallest import items_of
from tests.synthetic import chain_split

CPU = Run(0, torch.device("cpu"))
PROTOCOL = Protocol.model_validate({"split": {"name": "temporal"}})


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the package of a Markov chain on a circle; the store that it came from is gone."""
    root, training = tmp_path_factory.mktemp("package"), chain_split().training
    store, given = Store(root / "store"), Given(training.n_items, {}, {})

    def make(folder: Path) -> dict[str, object]:
        write_model(folder, Markov(), fitted(Markov(), training), given, training)
        return {}

    key = store.get_or_make("model", {"of": "the circle"}, make).key
    (root / "dump").mkdir()
    write_table(root / "dump" / "items.parquet", items_of(training))
    card = card_of(PROTOCOL, experiment="e", label="markov", seed=0, model=key, learnt_from="t")
    write_package(root / "package", store, card, training, root / "dump")
    (root / "store").rename(root / "elsewhere")
    return root / "package"


def test_it_answers_without_the_store_it_came_from(package: Path) -> None:
    (answer,) = open_package(package, CPU).answer([["i3", "i4"]], 1)
    assert (answer.item_ids, answer.titles) == (("i5",), ("item 5",))


def test_a_check_finds_every_file_that_is_gone(package: Path, tmp_path: Path) -> None:
    check_package(package)
    for n, file in enumerate(file for file in package.rglob("*") if file.is_file()):
        file.rename(tmp_path / str(n))
        with pytest.raises(DamagedPackageError) as caught:
            check_package(package)
        assert not caught.value.subject.startswith("/"), "a package may lie in a folder that is soon gone"
        (tmp_path / str(n)).rename(file)


def test_no_flipped_bit_is_read(package: Path) -> None:
    files = [file for file in package.rglob("*") if file.is_file()]
    assert len(files) > 6
    for n, file in enumerate(sorted(files)):
        whole = file.read_bytes()
        content, place = bytearray(whole), (7919 * n) % len(whole)
        # White space between the members of a manifest means nothing.
        while chr(content[place]).isspace():
            place -= 1
        content[place] ^= 1
        file.write_bytes(content)
        with pytest.raises(StorageError):
            open_package(package, CPU)
        with pytest.raises(DamagedPackageError):
            check_package(package)
        file.write_bytes(whole)
    open_package(package, CPU)

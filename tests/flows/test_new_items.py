"""Items that a champion has never seen are recommended by their texts, without a training."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flows.benchmark import benchmark
from flows.promote import promote
from flows.score import score
from tests.flows.command import Command
from tests.flows.shop import NEW_ITEMS, orders, shop_named, write_orders
from tests.flows.tiny import write_tiny
from tests.read_only import read_only

NEVER_BOUGHT = "P9999"
DIM = 8
MODELS = """
[encoders.file]
name = "precomputed"
path = "vectors.parquet"

[models.texts]
name = "llm_seq_sim"
source = { encoder = "file", reducer = { name = "pca", dim = 4 } }

[models.network]
name = "sasrec"
dim = 8
n_layers = 1
item_table = { name = "adaptor", ids = false, source = { encoder = "file", reducer = { name = "pca", dim = 8 } } }
training = { max_epochs = 1 }
"""

pytestmark = pytest.mark.timeout(600)


def write_vectors(folder: Path, seed: int = 0) -> None:
    """Write a vector for every item: new ones have those of a well-known item, with a little noise."""
    rng = np.random.default_rng(seed)
    ids = [*(f"P{number:04d}" for number in range(60)), NEVER_BOUGHT]
    vectors = rng.standard_normal((len(ids), 2 * DIM))
    for place in (*map(ids.index, NEW_ITEMS), -1):
        vectors[place] = vectors[1] + 0.01 * vectors[place]
    table = {"item_id": ids, "vector": vectors.astype(np.float32).tolist()}
    pl.DataFrame(table).write_parquet(folder / "vectors.parquet")


@pytest.fixture(scope="module")
def shop(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a compared experiment, whose dump has got new items since."""
    folder = tmp_path_factory.mktemp("shop")
    early, late = orders(folder)
    write_orders(folder, 1, early)
    write_vectors(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQREC_DATA_ROOT", str(folder / "var"))
        benchmark(str(write_tiny(folder, text=shop_named("fresh") + MODELS)), folder)
        write_orders(folder, 2, late)
        items = pl.read_csv(folder / "items.csv")
        more = pl.DataFrame({"item_id": [NEVER_BOUGHT], "title": ["Nobody has it"]})
        pl.concat([items, more]).write_csv(folder / "items.csv")
    return folder


@pytest.fixture(autouse=True)
def _in_the_shop(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(shop / "var"))


def recommended(lists: Path) -> set[str]:
    """Return the items of all lists."""
    return set(pl.read_parquet(lists / "part-*.parquet")["item_id"])


def manifest(lists: Path) -> dict[str, int]:
    """Return what is said of the lists."""
    return dict(json.loads((lists / "manifest.json").read_text()))


@pytest.mark.parametrize("model", ["texts", "network"])
def test_lists_have_items_that_the_champion_was_not_fitted_on(shop: Path, model: str) -> None:
    promote("fresh", model=model, force="to see its lists")
    bought = score("fresh", 30, shop)
    assert recommended(bought) >= set(NEW_ITEMS)
    assert NEVER_BOUGHT not in recommended(bought)
    assert manifest(bought)["n_new_items"] == len(NEW_ITEMS)
    described = score("fresh", 30, shop, new_items="described")
    assert recommended(described) >= {*NEW_ITEMS, NEVER_BOUGHT}
    none = score("fresh", 30, shop, new_items="none")
    assert not recommended(none) & {*NEW_ITEMS, NEVER_BOUGHT}
    # Histories with new items are read, too, if the model knows them.
    assert manifest(bought)["n_unknown_events"] == 0
    assert manifest(none)["n_unknown_events"] > 0


def test_others_keep_to_what_they_were_fitted_on(shop: Path, command: Command) -> None:
    promote("fresh", model="markov", force="it reads no texts")
    result = command("score", "fresh", "-k", 30, "--data", shop)
    assert result.code == 0
    assert not recommended(shop / "var" / "recommendations" / "fresh" / "latest") & set(NEW_ITEMS)

    promote("fresh", model="llm_seq_sim", force="its vectors depend on all texts")
    result = command("score", "fresh", "-k", 30, "--data", shop)
    assert "no new items are recommended: none of 2 can be embedded apart" in " ".join(result.out.split())


def test_vectors_of_another_encoder_are_noticed(shop: Path, command: Command) -> None:
    promote("fresh", model="texts", force="to see its lists")
    write_vectors(shop, seed=1)
    result = command("score", "fresh", "-k", 30, "--data", shop)
    assert "other vectors than those that the model knows" in " ".join(result.out.split())
    write_vectors(shop)


def test_a_champion_that_stays_answers_for_the_items_of_the_last_dump(shop: Path, command: Command) -> None:
    promote("fresh", model="texts", force="to see its lists")
    asked = ("recommend", "fresh", "--history", "P0001", "-k", 5, "--json")
    assert not set(json.loads(command(*asked).out)["item_ids"]) & set(NEW_ITEMS)
    benchmark(str(shop / "tiny.toml"), shop)
    answer = json.loads(command(*asked).out)
    assert set(answer["item_ids"]) >= set(NEW_ITEMS)
    assert "Thing P0003" in answer["titles"]
    with read_only(shop / "var"):
        readable = json.loads(command(*asked).out)
    assert not set(readable["item_ids"]) & set(NEW_ITEMS)

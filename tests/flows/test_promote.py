"""From a finished run to a champion, its lists for all users, and the way back."""

import json
import shutil
from pathlib import Path

import faiss
import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pytest

from flows.answering import answerer_of
from flows.benchmark import benchmark
from flows.champion import champion_of
from flows.promote import promote
from flows.rollback import rollback
from flows.score import score
from seqrec.errors import ConfigError, StorageError
from seqrec.serving.verdict import Rulebook
from storage.finished import open_finished
from storage.history import History
from storage.promotions import Promotion, Promotions
from storage.refs import DumpRef
from storage.registry import CHAMPION, Registry
from storage.settings import Settings
from tasks.resources import Resources
from tasks.score import score as score_task
from tests.flows.command import Command
from tests.flows.tiny import tiny


@pytest.fixture(scope="module")
def root(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data root with a run of the tiny experiment; the tests of this file are one story, in their order."""
    root = tmp_path_factory.mktemp("promoting")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQREC_DATA_ROOT", str(root))
        benchmark(tiny(tmp_path_factory.mktemp("tiny")))
    return root


@pytest.fixture(autouse=True)
def settings(root: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of that data root."""
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(root))
    return Settings()


def history(settings: Settings) -> list[Promotion]:
    return Promotions(settings.promotions_dir, "tiny").all()


def champion(settings: Settings) -> str | None:
    version = Registry(settings.tracking_uri, settings.mlflow_dir).find("tiny", CHAMPION)
    return None if version is None else version.version


def test_nobody_answers_before_a_promotion(settings: Settings) -> None:
    with pytest.raises(StorageError, match="seqrec promote tiny"):
        score("tiny")
    with pytest.raises(StorageError, match="no version with that alias"):
        rollback(settings, "tiny", "why not")
    with pytest.raises(ConfigError, match="one of"):
        promote("tiny", model="bert4rec")
    assert history(settings) == []


def test_the_first_one_is_promoted(settings: Settings) -> None:
    promotion = promote("tiny", model="sasrec")
    assert (promotion.decision, promotion.version, promotion.replaced) == ("PROMOTE", "1", None)
    assert champion(settings) == "1"
    assert history(settings) == [promotion]


def test_the_champion_knows_all_events_and_its_twin_only_those_of_training(settings: Settings) -> None:
    store = settings.data_root / "store"
    cards = {
        json.loads(file.read_text())["learnt_from"]: file.parent
        for file in store.glob("package/*/package/package.json")
    }
    assert len(cards) == 2
    counts = sorted(int(pl.read_parquet(folder / "items.parquet")["n_interactions"].sum()) for folder in cards.values())
    (dump,) = store.glob("dump/*/interactions.parquet")
    assert counts[0] < counts[1] == pl.read_parquet(dump).height


def test_a_worse_challenger_does_not_answer(settings: Settings) -> None:
    promotion = promote("tiny", model="most_popular")
    assert promotion.decision in {"HOLD", "REJECT"}
    assert promotion.version is None
    assert champion(settings) == "1"
    again = promote("tiny", model="sasrec")
    assert (again.decision, again.reasons) == ("HOLD", ("sasrec is the champion's configuration.",))


def test_a_champion_that_breaks_a_guardrail_is_not_held_silently(settings: Settings) -> None:
    ruling = promote("tiny", model="sasrec", rules=Rulebook(popular_share=0.0))
    assert (ruling.decision, ruling.version) == ("REJECT", None)
    assert "most popular hundredth" in ruling.reasons[0]
    assert champion(settings) == "1"


def test_a_person_may_decide_and_change_her_mind(settings: Settings) -> None:
    forced = promote("tiny", model="most_popular", force="for a demonstration")
    assert (forced.decision, forced.reasons[0], forced.version, forced.replaced) == (
        "FORCE",
        "for a demonstration",
        "2",
        "1",
    )
    assert champion(settings) == "2"
    back = rollback(settings, "tiny", "it was one")
    assert (back.decision, back.version, back.replaced, back.challenger) == ("ROLLBACK", "1", "2", "sasrec")
    assert champion(settings) == "1"
    with pytest.raises(StorageError, match="which replaced none"):
        rollback(settings, "tiny", "once more")
    assert [event.decision for event in history(settings)][:2] == ["ROLLBACK", "FORCE"]


def test_a_promotion_whose_record_was_lost_can_be_taken_back(settings: Settings) -> None:
    forced = promote("tiny", model="most_popular", force="for a demonstration")
    last = max((settings.promotions_dir / "tiny").iterdir(), key=lambda file: file.name)
    assert json.loads(last.read_text())["version"] == forced.version
    last.unlink()
    assert rollback(settings, "tiny", "the power went").version == "1"
    assert champion(settings) == "1"


def test_all_users_get_lists_in_original_ids_and_a_repetition_changes_nothing(settings: Settings) -> None:
    folder = score("tiny", k=5)
    lists = pl.read_parquet(folder / "part-*.parquet")
    (dump,) = (settings.data_root / "store").glob("dump/*/interactions.parquet")
    events = pl.read_parquet(dump)
    assert set(lists["user_id"]) == set(events["user_id"])
    assert lists.group_by("user_id").len()["len"].unique().to_list() == [5]
    assert set(lists["item_id"]) <= set(events["item_id"])
    seen = lists.join(events, on=["user_id", "item_id"], how="semi")
    assert seen.is_empty()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["n_users"], manifest["n_rows"], manifest["version"]) == (200, 1_000, "1")
    latest = settings.recommendations_dir / "tiny" / "latest"
    assert latest.resolve() == folder
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert score("tiny", k=5) == folder
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == before
    # The lists are those that the champion gives one by one.
    (user,) = events["user_id"].unique().sort().head(1)
    own = events.filter(pl.col("user_id") == user).sort("timestamp", "position")["item_id"].to_list()
    with answerer_of(settings, "tiny", None) as answerer:
        (answer,) = answerer.answer([own], 5)
    if events.filter(pl.col("user_id") == user)["timestamp"].is_unique().all():
        assert list(answer.item_ids) == lists.filter(pl.col("user_id") == user).sort("rank")["item_id"].to_list()


def test_only_users_with_a_new_history_are_scored_if_the_same_champion_made_the_last_lists(
    settings: Settings, command: Command, tmp_path: Path
) -> None:
    """The champion is a network, whose scores of the same user may differ in the last digits from block to block."""
    before = json.loads((score("tiny", k=5) / "manifest.json").read_text())
    (dump,) = (settings.data_root / "store").glob("dump/*/interactions.parquet")
    events = pl.read_parquet(dump)
    users = events["user_id"].unique().sort()
    grown = events.filter(
        ~((pl.col("user_id") == users[3]) & (pl.col("position") % 2 == 0)), pl.col("user_id") != users[7]
    )
    grown.write_parquet(tmp_path / "interactions.parquet")
    resources, newer = Resources(settings), DumpRef(key="newer", uri=str(tmp_path), rows=grown.height)
    champion = champion_of(resources.registry, "tiny")
    packaged = resources.registry.download(champion.source, tmp_path)
    protocol = open_finished(resources.store, History(settings.reports_dir, "tiny").last()).protocol

    def again(*, changed_only: bool) -> tuple[pl.DataFrame, dict[str, int]]:
        folder = score_task.fn("tiny", champion.version, packaged, newer, protocol, 5, changed_only=changed_only)
        manifest = json.loads((folder / "manifest.json").read_text())
        lists = pl.read_parquet(folder / "part-*.parquet")
        shutil.rmtree(folder)
        return lists, manifest

    changed, manifest = again(changed_only=True)
    assert (manifest["n_users"], manifest["n_users_scored"], manifest["n_users_carried_over"]) == (199, 1, 198)
    # Their folder is removed, so that there are no last lists.
    with pytest.raises(StorageError, match="no lists yet"):
        score_task.fn("tiny", champion.version, packaged, newer, protocol, 5, changed_only=True)
    everyone, of_all = again(changed_only=False)
    assert (of_all["n_users_scored"], of_all["n_users_carried_over"]) == (199, 0)
    columns = ["user_id", "rank", "item_id"]
    assert changed.select(columns).equals(everyone.select(columns))
    assert changed["score"].to_numpy() == pytest.approx(everyone["score"].to_numpy(), rel=1e-5)
    assert before["n_users_scored"] == 200

    score("tiny", k=5)
    refused = command("score", "tiny", "--changed", "-k", 4)
    assert refused.code == 2
    assert "lists of length 5; the new ones have 4" in refused.err
    with pytest.raises(StorageError, match="lists of version 1; the champion is 9") as caught:
        score_task.fn("tiny", "9", packaged, newer, protocol, 5, changed_only=True)
    assert "without --changed" in caught.value.remedy
    assert command("score", "tiny", "--changed", "-k", 5).code == 0


def test_mlflow_serves_the_same_list(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with answerer_of(settings, "tiny", None) as answerer:
        history_ = [str(item) for item in answerer.catalogue.item_ids[:3]]
        (expected,) = answerer.answer([history_], 4)
    mlflow.set_tracking_uri(settings.tracking_uri)
    try:
        served = mlflow.pyfunc.load_model("models:/tiny@champion")
        rows = pd.DataFrame({"history": [history_, []], "user_id": ["one", "nobody"]})
        answer = served.predict(rows, params={"k": 4})
    finally:
        mlflow.set_tracking_uri(None)
    assert answer["item_ids"][0] == list(expected.item_ids)
    assert answer["rule"].to_list() == ["model", "popular"]
    assert answer["user_id"].to_list() == ["one", "nobody"]


def test_exported_vectors_give_the_lists(command: Command, root: Path, tmp_path: Path) -> None:
    assert "60 items and 200 users" in command("export", "tiny", "--output", tmp_path, "--index").out
    items, users = pl.read_parquet(tmp_path / "items.parquet"), pl.read_parquet(tmp_path / "users.parquet")
    scores = users["vector"].to_numpy() @ items["vector"].to_numpy().T
    lists = pl.read_parquet(root / "recommendations" / "tiny" / "latest" / "part-*.parquet")
    place = {item: row for row, item in enumerate(items["item_id"].to_list())}
    for row, user in enumerate(users["user_id"].to_list()[:20]):
        own = lists.filter(pl.col("user_id") == user).sort("rank")
        assert scores[row, [place[item] for item in own["item_id"]]] == pytest.approx(own["score"].to_numpy(), rel=1e-3)
    index = faiss.read_index(str(tmp_path / "items.faiss"))
    _, found = index.search(users["vector"].to_numpy().astype(np.float32), 1)
    assert (found[:, 0] == scores.argmax(1)).mean() > 0.95
    refused = command("export", "tiny", "--output", tmp_path, "--model", "markov")
    assert refused.code == 2
    assert "no products of vectors" in refused.err


def test_the_commands_answer(command: Command, root: Path) -> None:
    answer = command("recommend", "tiny", "--history", "P0001,P0002,unheard-of", "-k", 3, "--json")
    found = json.loads(answer.out)
    assert (len(found["item_ids"]), found["n_unknown"], found["rule"]) == (3, 1, "model")
    assert len(found["because"]) == 3
    other = json.loads(command("recommend", "tiny", "--model", "markov", "--history", "P0001", "--json").out)
    assert len(other["item_ids"]) == 10
    assert "because of" in command("similar", "tiny", "P0003", "-k", 2).out
    unknown = command("similar", "tiny", "P9003")
    assert unknown.code == 2
    assert "Did you mean" in unknown.err
    assert "ROLLBACK" in command("promotions", "tiny").out
    huge = json.loads(command("recommend", "tiny", "--history", "P0001", "-k", 10**15, "--json").out)
    assert 40 < len(huge["item_ids"]) < 60
    wrong = command("recommend", "tiny", "--model", "nothing")
    assert wrong.code == 2
    assert "champion, or one of" in wrong.err

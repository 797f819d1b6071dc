"""From a finished run to a champion, its lists for all users, and the way back."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import faiss
import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pytest
from mlflow import MlflowClient

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
from storage.process_id import current_process
from storage.promotions import Promotion, Promotions
from storage.refs import DumpRef
from storage.registry import CHAMPION, Registry
from storage.settings import Settings
from storage.tracking import Tracker
from tasks.new_items import Extension
from tasks.resources import Resources
from tasks.score import score as score_task
from tests.flows.command import Command
from tests.flows.tiny import tiny
from tests.read_only import read_only


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


def test_mlflow_names_its_results_as_those_of_the_comparison(settings: Settings) -> None:
    client = mlflow.MlflowClient(settings.tracking_uri)
    runs = client.search_runs([one.experiment_id for one in client.search_experiments()])
    named = {run.info.run_name: run.data for run in runs}
    production = named["production sasrec"]
    compared = named[f"sasrec seed {production.params['seed']}"]
    assert production.params["label"] == compared.params["label"] == "sasrec"
    assert production.metrics
    assert production.metrics.items() <= compared.metrics.items()
    assert f"evaluated twin, seed {production.params['seed']}:" in production.tags["mlflow.note.content"]


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
    # The next night must not undo what a person decided.
    night = promote("tiny", model="markov")
    assert (night.decision, night.version, night.champion) == ("HOLD", None, "sasrec")
    assert "was put back" in night.reasons[0]
    assert "(it was one)" in night.reasons[0]
    assert champion(settings) == "1"


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
        folder = score_task.fn(
            "tiny", champion.version, Extension(packaged), newer, protocol, 5, changed_only=changed_only
        )
        manifest = json.loads((folder / "manifest.json").read_text())
        lists = pl.read_parquet(folder / "part-*.parquet")
        shutil.rmtree(folder)
        return lists, manifest

    changed, manifest = again(changed_only=True)
    assert (manifest["n_users"], manifest["n_users_scored"], manifest["n_users_carried_over"]) == (199, 1, 198)
    # Their folder is removed, so that there are no last lists.
    with pytest.raises(StorageError, match="no lists yet"):
        score_task.fn("tiny", champion.version, Extension(packaged), newer, protocol, 5, changed_only=True)
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
        score_task.fn("tiny", "9", Extension(packaged), newer, protocol, 5, changed_only=True)
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
    # What never followed the item gets its place by popularity, which is no reason.
    everything = command("recommend", "tiny", "--model", "markov", "--history", "P0001", "-k", 99, "--json")
    first, *_, last = json.loads(everything.out)["because"]
    assert first is not None
    assert last is None
    nobody = command("promotions", "unheard-of")
    assert (nobody.code, "unheard-of" in nobody.err) == (2, True)
    assert "because of" in command("similar", "tiny", "P0003", "-k", 2).out
    titles = {one.strip(): command("recommend", "tiny", "--history", one).out for one in ("p0001", "P0001 ,nothing")}
    assert "note     'p0001' is no item id, but 'P0001' is" in titles["p0001"]
    assert "is no item id" not in titles["P0001 ,nothing"]
    unknown = command("similar", "tiny", "P9003")
    assert unknown.code == 2
    assert "Did you mean" in unknown.err
    told = command("promotions", "tiny").out
    assert "ROLLBACK" in told
    assert "for a demonstration; " in told, "reasons are kept apart"
    huge = json.loads(command("recommend", "tiny", "--history", "P0001", "-k", 10**15, "--json").out)
    assert 40 < len(huge["item_ids"]) < 60
    wrong = command("recommend", "tiny", "--model", "nothing")
    assert wrong.code == 2
    assert "champion, or one of" in wrong.err


def test_an_id_with_a_comma_stands_in_quotes(command: Command) -> None:
    known = json.loads(command("recommend", "tiny", "--history", '"P0001", P0002', "--json").out)
    assert known == json.loads(command("recommend", "tiny", "--history", "P0001,P0002", "--json").out)
    unknown = json.loads(command("recommend", "tiny", "--history", '"a,b",P0001,"19"" rack, black"', "--json").out)
    assert unknown["n_unknown"] == 2
    torn = command("recommend", "tiny", "--history", '"P0001,P0002')
    assert torn.code == 2
    assert "Close each quote" in torn.err
    assert "item 'a,b'" in command("similar", "tiny", "a,b").err


def test_an_empty_reason_is_refused(command: Command, settings: Settings) -> None:
    before = history(settings)
    for refused in (command("promote", "tiny", "--force", ""), command("rollback", "tiny", "--reason", " \t")):
        assert refused.code == 2
        assert "State a reason" in refused.err
    # A form in Prefect reaches the flow without the command line.
    with pytest.raises(ConfigError, match="reason"):
        promote("tiny", force="  ")
    assert history(settings) == before


def test_who_may_only_read_gets_answers(command: Command, root: Path) -> None:
    with read_only(root):
        answer = command("recommend", "tiny", "--history", "P0001", "--json")
        assert (answer.code, answer.err) == (0, "")
        assert command("similar", "tiny", "P0003").code == 0
        assert command("sql", "select count(*) from leaderboard").code == 0
        for reading in ("leaderboard", "history", "promotions", "report"):
            assert command(reading, "tiny").code == 0
        refused = command("promote", "tiny")
    assert refused.code == 2
    assert "permissions" in refused.err


def test_a_copied_root_answers_by_itself(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(copy))
    settings = Settings()
    shutil.rmtree(settings.mlflow_dir / "models")
    with pytest.raises(StorageError, match="only in"), answerer_of(settings, "tiny", None):
        pass
    shutil.copytree(root / "mlflow" / "models", settings.mlflow_dir / "models")
    champion = Registry(settings.tracking_uri, settings.mlflow_dir).find("tiny", CHAMPION)
    assert champion is not None
    assert champion.source.startswith(copy.as_uri())
    with answerer_of(settings, "tiny", None) as answerer:
        assert answerer.answer([["P0001"]], 1)


def items_of_champion(settings: Settings, *, twin: bool = False) -> Path:
    """Return a file of the champion's package, or of that of its twin."""
    version = Registry(settings.tracking_uri, settings.mlflow_dir).find("tiny", CHAMPION)
    assert version is not None
    source = version.tags["seqrec.twin"] if twin else version.source
    return Path(source.removeprefix("file://")) / "artifacts" / "package" / "items.parquet"


def test_a_damaged_champion_is_named_with_two_ways_out(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    promote("tiny", model="most_popular", force="to be damaged")
    damaged = champion(settings)
    items_of_champion(settings).write_bytes(b"damaged")
    with pytest.raises(StorageError) as caught:
        score("tiny")
    assert caught.value.subject == f"version {damaged} of tiny (most_popular)"
    assert caught.value.got.startswith("items.parquet: ")
    for way_out in ("seqrec rollback tiny --reason REASON", "seqrec promote tiny --force REASON"):
        assert way_out in caught.value.remedy
    with pytest.raises(StorageError, match=f"version {damaged} of tiny"), answerer_of(settings, "tiny", None):
        pass
    caplog.clear()
    anew = promote("tiny", model="most_popular", force="the other is damaged")
    # Each line of the progress says another thing, and all are true of a champion that takes its own place.
    told = [message for message in caplog.messages if message.startswith(("judge: HOLD", "judge: PROMOTE", "package"))]
    assert [line.partition(",")[0] for line in told] == [
        "judge: HOLD most_popular: most_popular is the champion's configuration.",
        "package most_popular: production model",
        "package most_popular: evaluated twin",
    ]
    assert score("tiny", k=5).is_dir()
    # The way back from here leads to the damaged one, and is refused.
    with pytest.raises(StorageError, match=f"version {damaged} of tiny"):
        rollback(settings, "tiny", "back to the damaged one")
    assert champion(settings) == anew.version
    Promotions(settings.promotions_dir, "tiny").add(replace(anew, replaced="1"))
    assert rollback(settings, "tiny", "back to a sound one").version == "1"
    assert score("tiny", k=5).is_dir()


def test_a_champion_whose_twin_is_damaged_can_be_replaced(
    settings: Settings, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(root, tmp_path / "copy")
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / "copy"))
    settings = Settings()
    # The next run has another configuration, so that the twin has to answer.
    benchmark(tiny(tmp_path, "models.sasrec.dim=4", "seeds=[0]"))
    items_of_champion(settings, twin=True).unlink()
    with pytest.raises(StorageError, match="of tiny"):
        promote("tiny", model="most_popular")
    forced = promote("tiny", model="most_popular", force="the twin is gone")
    assert "could not be judged" in forced.reasons[1]
    assert not any("no champion" in reason for reason in forced.reasons)
    assert champion(settings) == forced.version


def test_runs_that_nobody_closed_are_closed(settings: Settings) -> None:
    tracker = Tracker(settings.tracking_uri, settings.mlflow_dir)
    client = MlflowClient(settings.tracking_uri)
    host, pid, _ = current_process().rsplit("/", 2)
    for flow in (lambda: promote("tiny", model="most_popular"), lambda: score("tiny", k=5)):
        run_id = tracker.start_run("abandoned", "run")
        client.set_tag(run_id, "seqrec.owner", f"{host}/{pid}/1")
        flow()
        assert client.get_run(run_id).info.status == "KILLED"


def test_a_deleted_experiment_is_found_before_anything_is_trained(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = MlflowClient(settings.tracking_uri)
    (known,) = [one for one in client.search_experiments() if one.name not in {"Default", "abandoned"}]
    client.delete_experiment(known.experiment_id)
    monkeypatch.setattr("flows.promote.judge", None)
    monkeypatch.setattr("flows.benchmark.ingest", None)
    with pytest.raises(StorageError, match="which was deleted there"):
        promote("tiny", model="most_popular", force="for a demonstration")
    with pytest.raises(StorageError, match="which was deleted there"):
        benchmark(tiny(tmp_path))
    client.restore_experiment(known.experiment_id)


def test_an_export_says_what_stands_in_its_way(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = command("export", "tiny", "--output", tmp_path / "file")
    assert blocked.code == 2
    assert "--output" in blocked.err
    refused = command("export", "tiny", "--output", tmp_path, "--model", "markov")
    assert "markov of tiny" in refused.err
    assert "seqrec leaderboard tiny" in refused.err
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr("storage.vector_export.find_spec", lambda _: None)
    assert "leave --index out" in command("export", "tiny", "--output", tmp_path / "new", "--index").err
    assert not (tmp_path / "new").exists()

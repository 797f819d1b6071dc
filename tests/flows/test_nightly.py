"""A whole night in one flow run: its steps in order, what it publishes, and that a champion may stay."""

import json
from pathlib import Path

import polars as pl
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey, FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort

from flows.ingestion import ingestion
from flows.nightly import nightly
from seqrec.errors import ConfigError
from storage.files import read_json
from storage.recommendations import MANIFEST, Recommendations
from storage.settings import Settings
from tasks.night import nights_of
from tests.flows.shop import NEW_ITEMS, orders, shop_named, write_orders
from tests.flows.tiny import SMALL, write_tiny

NAME = "one_night"


def runs() -> list[FlowRun]:
    """Return all runs of the experiment, in the order of their starts."""
    tagged = FlowRunFilter(tags=FlowRunFilterTags(all_=[NAME]))
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(flow_run_filter=tagged, sort=FlowRunSort.START_TIME_ASC)


def artifact(key: str) -> str:
    """Return the only artifact with a key."""
    with get_client(sync_client=True) as client:
        (found,) = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
    return str(found.data)


def test_two_nights(prefect_server: None, tmp_path: Path) -> None:
    file = str(write_tiny(tmp_path, text=SMALL.replace("small", NAME)))
    first = nightly(file, k=3)
    assert first.decision == "PROMOTE"
    assert [run.name.split()[0] for run in runs()] == ["night", NAME, "promote", "score"]
    assert {run.state_name for run in runs()} == {"Completed"}
    verdict = artifact("one-night-verdict")
    assert verdict.startswith(f"# PROMOTE {first.challenger}")
    assert "There is no champion yet." in verdict
    assert "version 1" in verdict
    lists = {row["what"]: row["value"] for row in json.loads(artifact("one-night-recommendations"))}
    assert lists["Lists"] == "200, of 3 items each; 600 rows"
    assert Path(lists["Folder"]).is_dir()
    assert read_json(Recommendations(Settings().recommendations_dir, NAME).latest / MANIFEST)["k"] == 3

    second = nightly(file, k=3, minimum_effect=0.5)
    assert second.decision == "HOLD"
    assert {run.state_name for run in runs()} == {"Completed"}
    assert len(runs()) == 8


def test_the_second_night_has_other_events_and_new_items(prefect_server: None, tmp_path: Path) -> None:
    early, late = orders(tmp_path)
    everything = pl.concat([early, late])
    file = str(write_tiny(tmp_path, text=shop_named("two_nights")))
    write_orders(tmp_path, 1, early)
    nightly(file, tmp_path, k=5)
    write_orders(tmp_path, 2, late)
    second = nightly(file, tmp_path, k=5)
    assert second.decision == "REFRESH"

    last, first = nights_of(Settings(), "two_nights").all()
    assert (first.drift, first.outcome) == (None, None)
    assert first.champion is not None
    assert last.drift is not None
    assert last.drift.now.n_interactions == len(everything)
    assert last.drift.new_items == pytest.approx(len(NEW_ITEMS) / everything["item_id"].n_unique())
    # People who came back, and what they took, by hand.
    since = late.filter(pl.col("timestamp") > early["timestamp"].max()).sort("timestamp")
    back = since.unique("user_id", keep="first").filter(pl.col("user_id").is_in(early["user_id"].unique().to_list()))
    assert last.outcome is not None
    assert last.outcome.n_users == back.height
    assert last.outcome.n_unknown_items == back.filter(pl.col("item_id").is_in(NEW_ITEMS)).height
    assert (last.version, first.version) == ("2", "1")

    # The lists of the second night know the new items, and their users.
    lists = pl.read_parquet(Recommendations(Settings().recommendations_dir, "two_nights").latest / "part-*.parquet")
    assert lists["item_id"].is_in(NEW_ITEMS).any()
    assert lists["user_id"].n_unique() == everything["user_id"].n_unique()
    page = (Settings().reports_dir / "two_nights" / "nights.html").read_text()
    assert "Nights of two_nights" in page
    assert page.count("chart-reached") == 2
    assert "chart-realised" in page
    assert len(page) < 2_000_000


def test_an_unknown_experiment_is_refused(prefect_server: None) -> None:
    with pytest.raises(ConfigError, match="beauty-temporal"):
        nightly("beauty-tempral")
    with pytest.raises(ConfigError):
        ingestion("beauty-tempral", Path())

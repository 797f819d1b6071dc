"""Measure how the lists of the last scoring did on the events that came since."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.digest import digest_of
from seqrec.experiment import Experiment
from seqrec.schema import ITEM
from seqrec.serving.outcome import Outcome, outcome_of
from storage.files import read_json, read_table, write_json
from storage.recommendations import ITEMS, MANIFEST, PARTS, Recommendations
from storage.refs import DumpRef, OutcomeRef
from storage.source import source_digest
from tasks.events import emit
from tasks.progress import announce, state_of
from tasks.resources import Resources, open_resources
from tasks.tracking import closed_if_raised, mlflow_experiment_of

OUTCOME = "outcome.json"
DAY_US = 86_400_000_000


@task(task_run_name="outcome {experiment.name}")
def outcome(experiment: Experiment, dump: DumpRef, least_hit_rate: float | None = None) -> OutcomeRef | None:
    """Measure the last lists on today's dump; return None if there are none, or nothing happened since.

    Each night is a point of the run `lists` in MLflow, so that a fall can be seen. A fall below a limit is an event.

    Args:
        experiment: The experiment whose champion made the lists.
        dump: The dump with the newer events.
        least_hit_rate: The limit of the hit rate; by default, that of the most popular items of that night.
    """
    resources = open_resources()
    folder = Recommendations(resources.settings.recommendations_dir, experiment.name).last()
    if folder is None:
        return None
    manifest = read_json(folder / MANIFEST)
    if manifest["dump"] == dump.key:
        return None
    inputs = {"lists": folder.name, "dump": dump.key, "source": source_digest("seqrec.serving.outcome")}

    def make(into: Path) -> Mapping[str, object]:
        announce("outcome", "running", "looking for what people took")
        found = outcome_of(
            pl.read_parquet(folder / PARTS),
            manifest["popular"],
            frozenset(read_table(folder / ITEMS, [ITEM])[ITEM].to_list()),
            pl.scan_parquet(Path(dump.uri) / "interactions.parquet"),
            manifest["known_until_us"],
            manifest["k"],
        )
        write_json(into / OUTCOME, found.to_json())
        return {"n_users": found.n_users}

    artifact = resources.store.get_or_make(OutcomeRef.kind, inputs, make)
    found = Outcome.from_json(read_json(artifact.path / OUTCOME))
    if not found.n_users:
        announce("outcome", state_of(made=artifact.made), "nobody who got a list has come back since")
        return None
    if artifact.made:
        _track(resources, experiment, found, manifest["known_until_us"] // DAY_US)
    own, common = found.lists["all"], found.popularity["all"]
    announce(
        "outcome",
        state_of(made=artifact.made),
        f"hr@{found.k} {own.hit_rate.mean:.4f} of the lists of {manifest['made_at'][:10]} for {found.n_users:,} people "
        f"who came back; the most popular items: {common.hit_rate.mean:.4f}",
    )
    fall = found.fall(least_hit_rate)
    if fall is not None:
        announce("outcome", "warned", fall)
        emit("fall", experiment.name, fall, {"hit_rate": own.hit_rate.mean, "popularity": common.hit_rate.mean})
    return OutcomeRef(key=artifact.key, uri=str(artifact.path), rows=found.n_users)


def _track(resources: Resources, experiment: Experiment, found: Outcome, day: int) -> None:
    """Log one night to the run of all nights; its step is the day of the last event that the lists knew."""
    run_id = resources.tracker.start_run(
        mlflow_experiment_of(experiment),
        "lists",
        key=digest_of([experiment.name, "lists"]),
        tags={"seqrec.role": "lists"},
    )
    with closed_if_raised(run_id):
        metrics = {"lists/users": float(found.n_users), "lists/unknown_items": float(found.n_unknown_items)}
        for name, groups in (("lists", found.lists), ("popularity", found.popularity)):
            for age, one in groups.items():
                suffix = "" if age == "all" else f"/{age}"
                metrics[f"{name}/hr{suffix}"] = one.hit_rate.mean
                metrics[f"{name}/ndcg{suffix}"] = one.ndcg.mean
        resources.tracker.log_metrics(run_id, metrics, step=day)
        resources.tracker.finish(run_id)

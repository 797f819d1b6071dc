"""Prepare a dump under a protocol: core filter, tie rule, sequences, split."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.preparation import prepare as prepare_module
from seqrec.preparation.protocol import Protocol
from seqrec.report.core_filter import core_notice
from storage.files import TRAINING, write_json, write_split, write_training
from storage.files.quality import read_quality
from storage.references import training_key
from storage.refs import DumpRef, SplitRef, TrainingRef
from storage.source import source_digest
from storage.store import Artifact
from tasks.progress import announce, state_of
from tasks.resources import open_resources

WHOLE = "prepare everything"


@task(task_run_name="prepare {protocol.split.name}")
def prepare(dump: DumpRef, protocol: Protocol) -> SplitRef:
    """Split `dump` as `protocol` says."""
    step = f"prepare {protocol.split.name}"
    inputs = {
        "dump": dump.key,
        "protocol": protocol.model_dump(mode="json"),
        "source": source_digest(prepare_module.__name__, type(protocol.split).__module__),
    }

    def make(folder: Path) -> Mapping[str, object]:
        announce(step, "running", "filtering and splitting")
        folder_of_dump = Path(dump.uri)
        interactions = pl.scan_parquet(folder_of_dump / "interactions.parquet")
        prepared = prepare_module.prepare(interactions, protocol, has_times=read_quality(folder_of_dump).has_times)
        write_split(folder, prepared.split)
        facts = prepared.summary.to_json()
        write_json(folder / "summary.json", facts)
        return facts

    artifact = open_resources().store.get_or_make("split", inputs, make)
    facts = artifact.facts
    announce(
        step,
        state_of(made=artifact.made),
        f"{facts['n_users']:,} users, {facts['n_items']:,} items, {facts['n_interactions']:,} interactions; "
        f"{facts['n_train_sessions']:,} training sessions, {facts['n_test_cases']:,} test cases",
    )
    notice = core_notice(facts, protocol.core)
    if notice is not None:
        announce(step, "note", str(notice))
    training = _training(artifact, facts["n_train_sessions"], facts["n_items"])
    return SplitRef(key=artifact.key, uri=str(artifact.path), rows=facts["n_test_cases"], training=training)


@task(task_run_name="prepare everything")
def prepare_whole(dump: DumpRef, protocol: Protocol) -> TrainingRef:
    """Prepare all histories of `dump` as training data for production, under `protocol` but without a split."""
    inputs = {
        "dump": dump.key,
        "protocol": protocol.model_dump(mode="json"),
        "source": source_digest(prepare_module.__name__),
    }

    def make(folder: Path) -> Mapping[str, object]:
        announce(WHOLE, "running", "filtering")
        training = prepare_module.prepare_whole(pl.scan_parquet(Path(dump.uri) / "interactions.parquet"), protocol)
        write_training(folder / TRAINING, training)
        return {"n_users": len(training.train), "n_items": training.n_items, "n_interactions": training.train.n_events}

    artifact = open_resources().store.get_or_make("whole", inputs, make)
    facts = artifact.facts
    announce(
        WHOLE,
        state_of(made=artifact.made),
        f"{facts['n_users']:,} users, {facts['n_items']:,} items, {facts['n_interactions']:,} interactions, all of "
        "them to train on",
    )
    return _training(artifact, facts["n_users"], facts["n_items"])


def _training(artifact: Artifact, n_sessions: int, n_items: int) -> TrainingRef:
    uri = str(artifact.path / TRAINING)
    return TrainingRef(key=training_key(artifact.files), uri=uri, rows=n_sessions, n_items=n_items)

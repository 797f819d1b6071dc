"""Prepare a dump under a protocol: core filter, tie rule, sequences, split."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.digest import digest_of
from seqrec.preparation import prepare as prepare_module
from seqrec.preparation.protocol import Protocol
from seqrec.report.core_filter import core_notice
from storage.files import TRAINING, write_json, write_split
from storage.files.quality import read_quality
from storage.refs import DumpRef, SplitRef, TrainingRef
from storage.source import source_digest
from storage.store import Artifact
from tasks.progress import announce, state_of
from tasks.resources import open_resources


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
    training = TrainingRef(
        key=_content_key(artifact),
        uri=str(artifact.path / TRAINING),
        rows=facts["n_train_sessions"],
        n_items=facts["n_items"],
    )
    return SplitRef(key=artifact.key, uri=str(artifact.path), rows=facts["n_test_cases"], training=training)


def _content_key(artifact: Artifact) -> str:
    """Return a key of the training part that depends only on its content."""
    return digest_of({name: file["digest"] for name, file in artifact.files.items() if name.startswith(f"{TRAINING}/")})

"""Compare a dump with the one of the run before."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.runtime import task_run

from seqrec.ingest.drift import Drift, Dump, Limits, drift_of
from storage.files import read_json, write_json
from storage.refs import DriftRef, DumpRef
from storage.source import source_digest
from tasks.events import emit
from tasks.progress import announce, state_of
from tasks.resources import open_resources

DRIFT = "drift.json"


@task(task_run_name="drift {experiment}")
def drift(experiment: str, before: DumpRef, now: DumpRef, limits: Limits) -> DriftRef:
    """Measure what changed between two dumps.

    Raises:
        DataError: The newer dump lost more than the limits allow.
    """
    inputs = {
        "before": before.key,
        "now": now.key,
        "limits": limits.model_dump(mode="json"),
        "source": source_digest("seqrec.ingest.drift"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        announce("drift", "running", "comparing the dumps")
        found = drift_of(_open(before), _open(now), limits)
        write_json(folder / DRIFT, found.to_json())
        return {"n_warnings": sum(finding.verdict == "warning" for finding in found.findings)}

    artifact = open_resources().store.get_or_make(DriftRef.kind, inputs, make)
    found = Drift.from_json(read_json(artifact.path / DRIFT))
    beyond = [finding for finding in found.findings if finding.verdict != "ok"]
    for finding in beyond:
        announce("drift", "note", f"{finding.verdict}: {finding.sentence} {finding.remedy}")
    announce("drift", state_of(made=artifact.made), found.findings[0].sentence)
    if task_run.id is not None:
        rows: list[dict[str, object]] = [
            {"verdict": finding.verdict, "check": finding.check, "finding": finding.sentence, "remedy": finding.remedy}
            for finding in found.findings
        ]
        key = f"{experiment.lower().replace('_', '-')}-drift"
        create_table_artifact(table=rows, key=key, description="What changed since the dump before")
    if beyond:
        text = " ".join(finding.sentence for finding in beyond)
        emit("drift", experiment, text, {finding.check: finding.verdict for finding in beyond})
    found.stop_if_wrong()
    return DriftRef(key=artifact.key, uri=str(artifact.path), rows=artifact.facts["n_warnings"])


def _open(dump: DumpRef) -> Dump:
    folder = Path(dump.uri)
    return Dump(pl.scan_parquet(folder / "interactions.parquet"), pl.scan_parquet(folder / "items.parquet"))

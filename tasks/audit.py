"""Audit prepared data before anything is trained: stop if something is wrong, and report what is remarkable."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import polars as pl
from prefect import task

from seqrec.audit import audit as audit_module
from seqrec.audit.finding import Audit, Verdict
from seqrec.experiment import Experiment
from storage.files import read_audit, read_split, write_audit
from storage.refs import AuditRef, DumpRef, SplitRef
from storage.source import source_digest
from tasks.progress import State, announce, state_of
from tasks.resources import open_resources

_STATES: dict[Verdict, State] = {"warning": "warned", "wrong": "failed"}


@task(task_run_name="audit {experiment.name}")
def audit(experiment: Experiment, dump: DumpRef, split: SplitRef) -> AuditRef:
    """Audit `split`, so that its numbers can be trusted.

    Raises:
        DataError: Something is wrong with it; all findings are stored and announced first.
    """
    encoders = experiment.encoders
    sources = experiment.vector_sources
    inputs = {
        "dump": dump.key,
        "split": split.key,
        "protocol": experiment.protocol.model_dump(mode="json"),
        "template": experiment.text.model_dump(mode="json"),
        "encoders": {name: encoder.model_dump(mode="json") for name, encoder in encoders.items()},
        "sources": {label: source.model_dump(mode="json") for label, source in sources.items()},
        "source": source_digest(
            audit_module.__name__,
            # Encoders and reducers declare themselves what they are fitted on.
            *(type(encoder).__module__ for encoder in encoders.values()),
            *(type(source.reducer).__module__ for source in sources.values()),
        ),
    }

    def make(folder: Path) -> Mapping[str, object]:
        announce("audit", "running", "looking for leaks")
        found = audit_module.audit(
            pl.scan_parquet(Path(dump.uri) / "interactions.parquet"),
            pl.read_parquet(Path(dump.uri) / "items.parquet"),
            read_split(Path(split.uri)),
            protocol=experiment.protocol,
            template=experiment.text,
            encoders=encoders,
            sources=sources,
        )
        write_audit(folder, found)
        return dict(Counter(finding.verdict for finding in found.findings))

    artifact = open_resources().store.get_or_make("audit", inputs, make)
    found = read_audit(artifact.path)
    _announce(found, state_of(made=artifact.made))
    found.stop_if_wrong()
    return AuditRef(key=artifact.key, uri=str(artifact.path), rows=len(found.findings))


def _announce(found: Audit, state: State) -> None:
    counts = Counter(finding.verdict for finding in found.findings)
    counted = ", ".join(f"{counts[verdict]} {verdict}" for verdict in get_args(Verdict))
    announce("audit", "failed" if counts["wrong"] else state, counted)
    for finding in found.findings:
        if finding.verdict != "ok":
            detail = f"{finding.sentence} {finding.remedy}" if finding.verdict == "warning" else finding.sentence
            announce(f"audit {finding.check}", _STATES.get(finding.verdict, state), detail)

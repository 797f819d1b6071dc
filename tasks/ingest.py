"""Ingest a dump: turn raw files into canonical Parquet, keep rejected rows, and create views in the catalogue."""

from pathlib import Path

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.runtime import task_run

from seqrec.datasets import AnyDataset
from seqrec.ingest.growth import look_at
from seqrec.ingest.ingest import Earlier
from seqrec.ingest.quality import Parts, Quality
from seqrec.listing import listing
from seqrec.os_errors import reading_dump
from seqrec.report.notices import notices
from seqrec.report.quality import quality_sections
from storage.dump import get_or_read
from storage.files.bookmark import read_bookmark
from storage.files.quality import read_quality
from storage.refs import DumpRef
from storage.store import Artifact
from tasks.progress import announce, state_of
from tasks.resources import open_resources


@task(task_run_name="ingest {dataset.name}")
def ingest(dataset: AnyDataset, data: Path, *, catalogued: bool = True) -> DumpRef:
    """Turn the dump in the folder `data` into canonical Parquet, or find it in the store if it was read before.

    If the dump has all files of an earlier one in the store, and new files after them, only the new files are read.

    Args:
        dataset: The reader.
        data: Folder of the dump.
        catalogued: Whether the dump becomes a dataset of the catalogue, or leaves those that are there alone.
    """
    resources, step = open_resources(), f"ingest {dataset.label}"
    announce(step, "running", "reading")
    with reading_dump(data):
        files = look_at(dataset, data)
        artifact, earlier = get_or_read(resources.store, dataset, data, files, resources.settings.rows_in_memory)
    facts, quality = artifact.facts, read_quality(artifact.path)
    name = None
    if catalogued:
        paths = [str(path.absolute()) for path in files.event_paths] if files.events else []
        name = resources.catalogue.register_dump(dataset.label, paths, artifact.path, facts)
    n_warnings = len(notices(quality))
    announce(
        step,
        state_of(made=artifact.made),
        f"{facts['interactions']:,} interactions, {facts['items']:,} items described, "
        f"{facts['set_aside']:,} lines set aside"
        + ("" if name is None else f", in SQL interactions_{name}")
        + (f", {n_warnings} warning{'s' * (n_warnings != 1)} of `seqrec doctor`" if n_warnings else "")
        + _counted(quality.parts)
        + _compared(artifact, earlier),
    )
    # A task that is called by itself has no page to publish on.
    if task_run.id is not None:
        _publish(quality)
    return _ref(artifact)


def _counted(parts: Parts) -> str:
    """Return in words how many files the interactions came from, or nothing if it was one."""
    if parts.n_files == 1:
        return ""
    empty = f", {len(parts.empty)} of them empty and skipped ({listing(parts.empty)})" if parts.empty else ""
    return f"; {parts.n_files:,} files of interactions{empty}"


def _compared(artifact: Artifact, earlier: Earlier | str | None) -> str:
    """Return in words what was done with an earlier dump of the same source, or nothing without one."""
    if earlier is None or not artifact.made:
        return ""
    if isinstance(earlier, str):
        return f"; all files read again: {earlier}"
    n_before, n_now = (one.events.n_read for one in (earlier.bookmark, read_bookmark(artifact.path)))
    return f"; added {n_now - n_before:,} rows to {n_before:,} read before"


def _ref(artifact: Artifact) -> DumpRef:
    return DumpRef(key=artifact.key, uri=str(artifact.path), rows=artifact.facts["interactions"])


def _publish(quality: Quality) -> None:
    """Publish the report as a table on the page of the run."""
    rows: list[dict[str, object]] = [
        {"section": "Warning", "what": notice.what, "value": notice.found, "note": notice.remedy}
        for notice in notices(quality)
    ]
    rows += [
        {"section": section.title, "what": fact.what, "value": fact.shown, "note": fact.note}
        for section in quality_sections(quality)
        for fact in section.facts
    ]
    # Prefect rejects underscores in keys.
    key = f"{quality.label.lower().replace('_', '-')}-quality"
    create_table_artifact(table=rows, key=key, description=f"Quality of {quality.label}")

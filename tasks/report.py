"""Report an experiment on one page."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.evaluation.results import Failure
from seqrec.evaluation.scorecard import scorecards
from seqrec.experiment import Experiment
from seqrec.preparation.summary import Size
from seqrec.report.content import ReportContent
from seqrec.report.examples import examples
from storage.files import read_audit, read_comparison, read_json, read_rankings, read_split
from storage.files.quality import read_quality
from storage.hardware import hardware
from storage.history import REPORT, History
from storage.provenance import git_commit, versions
from storage.refs import AuditRef, ComparisonRef, DumpRef, ReportRef, SplitRef
from storage.source import resources_digest, source_digest
from tasks.progress import announce, state_of
from tasks.resources import open_resources
from tasks.seed_run import SeedRun


@task(task_run_name="report {experiment.name}")
def report(
    experiment: Experiment,
    seed_runs: Sequence[SeedRun],
    failures: Sequence[Failure],
    comparison: ComparisonRef,
    dump: DumpRef,
    split: SplitRef,
    audited: AuditRef,
    command: str,
    data: Path,
) -> ReportRef:
    """Write the page of this comparison, and record the run in the history of the experiment.

    The page does not depend on `command`: a stored page keeps the command that made it.
    """
    resources = open_resources()
    inputs = {
        "experiment": experiment.model_dump(mode="json"),
        "comparison": comparison.key,
        "audit": audited.key,
        "failures": [failure.to_json() for failure in failures],
        "source": source_digest("seqrec.report.render", "seqrec.report.examples", "seqrec.evaluation.scorecard"),
        "resources": resources_digest("seqrec.report", "seqrec.evaluation.published"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        # What draws plots is imported late, since that takes a second.
        from seqrec.report.render import render  # noqa: PLC0415

        page = render(_content(experiment, seed_runs, failures, comparison, dump, split, audited, command))
        (folder / REPORT).write_text(page, encoding="utf-8")
        return {"experiment": experiment.name}

    artifact = resources.store.get_or_make("report", inputs, make)
    history = History(resources.settings.reports_dir, experiment.name)
    history.record(
        protocol=experiment.protocol.digest,
        comparison=comparison.key,
        report=artifact.key,
        command=command,
        data=data,
        page=artifact.path / REPORT,
    )
    announce("report", state_of(made=artifact.made), str(history.page))
    return ReportRef(key=artifact.key, uri=str(history.page), rows=comparison.rows)


def _content(
    experiment: Experiment,
    seed_runs: Sequence[SeedRun],
    failures: Sequence[Failure],
    comparison: ComparisonRef,
    dump: DumpRef,
    split: SplitRef,
    audited: AuditRef,
    command: str,
) -> ReportContent:
    result, data = read_comparison(Path(comparison.uri)), read_split(Path(split.uri))
    summary = read_json(Path(split.uri) / "summary.json")
    size = Size(summary["n_users"], summary["n_items"], summary["n_interactions"])
    first_seed = {seed_run.label: read_rankings(Path(seed_run.evaluation.uri)) for seed_run in reversed(seed_runs)}
    in_table = {row.label: first_seed[row.label] for row in result.table.rows}
    settings = {label: model.model_dump(mode="json") for label, model in experiment.models.items()}
    items = pl.read_parquet(Path(dump.uri) / "items.parquet")
    return ReportContent(
        name=experiment.name,
        title=experiment.title,
        dataset=experiment.dataset.label,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=git_commit(),
        hardware=hardware(),
        versions=versions(),
        protocol=experiment.protocol,
        comparison=result,
        fits=tuple(seed_run.fit() for seed_run in seed_runs),
        failures=tuple(failures),
        summary=summary,
        audit=read_audit(Path(audited.uri)),
        quality=read_quality(Path(dump.uri)),
        scorecards=scorecards(result.table, size, experiment.protocol, settings),
        examples=examples(data, in_table, experiment.text.texts(items, data.training.vocabulary).texts),
        command=command,
        config=experiment.model_dump_json(indent=2),
    )

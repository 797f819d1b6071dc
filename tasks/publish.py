"""Publish the results on the page of a flow run: leaderboard, data counts, audit, configuration and links."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from shlex import quote

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from seqrec.evaluation.results import Row, Table
from seqrec.experiment import Experiment
from seqrec.report.core_filter import core_notice
from seqrec.report.facts import data_in_words, lists_in_words
from seqrec.report.words import chance, interval, method, metric_name
from storage.files import read_audit, read_comparison, read_json
from storage.promotions import Promotion
from storage.recommendations import MANIFEST
from storage.refs import AuditRef, ComparisonRef, ReportRef, SplitRef
from storage.settings import Settings
from tasks.events import Name, emit
from tasks.tracking import RunRef

_VERDICTS: dict[str, Name] = {
    "PROMOTE": "verdict.promote",
    "HOLD": "verdict.hold",
    "REJECT": "verdict.reject",
    "REFRESH": "verdict.refresh",
    "FORCE": "verdict.force",
}


@task(task_run_name="publish {experiment.name}")
def publish(
    experiment: Experiment,
    comparison: ComparisonRef,
    report: ReportRef,
    split: SplitRef,
    audited: AuditRef,
    run: RunRef,
    tracking_url: str | None,
) -> None:
    """Publish the artifacts of the flow run, each under its own key so that its history can be browsed.

    `tracking_url` is the address of the run's page in MLflow, or None if it is served nowhere.
    """
    table = read_comparison(Path(comparison.uri)).table
    name = _in_keys(experiment.name)
    rows: list[dict[str, object]] = [
        {
            "model": row.label,
            **_ranked_by(row, table),
            "seeds": row.n_seeds,
            **{name: round(row.cells[name].mean, 4) for name in table.metrics if name != table.comparison},
        }
        for row in table.rows
    ]
    description = f"{table.title}\n\n{method(table)}"
    create_table_artifact(table=rows, key=f"{name}-leaderboard", description=description)
    create_table_artifact(table=_costs(table), key=f"{name}-cost", description="What each model costs")
    summary = read_json(Path(split.uri) / "summary.json")
    notice = core_notice(summary, experiment.protocol.core)
    create_table_artifact(
        table=_rows(data_in_words(summary)),
        key=f"{name}-data",
        description="Prepared data" if notice is None else f"Prepared data. {notice}",
    )
    findings: list[dict[str, object]] = [
        {"verdict": finding.verdict, "check": finding.check, "finding": finding.sentence}
        for finding in read_audit(Path(audited.uri)).findings
    ]
    create_table_artifact(table=findings, key=f"{name}-audit", description="Findings of the data audit")
    configuration = f"```json\n{experiment.model_dump_json(indent=1)}\n```"
    create_markdown_artifact(configuration, key=f"{name}-configuration", description="Resolved configuration")
    links = f"- Report: `{report.uri}`\n- MLflow: {_link(run, tracking_url)}\n"
    create_markdown_artifact(links, key=f"{name}-links", description="Report and tracked run")


@task(task_run_name="publish the verdict on {promotion.model}")
def publish_verdict(experiment: str, promotion: Promotion, before: str | None) -> None:
    """Publish what was decided about the champion, and why, and send it as an event.

    Args:
        experiment: Name of the experiment.
        promotion: The decision.
        before: The version that answered before; None if nobody did.
    """
    answers = promotion.version or before
    called = "" if promotion.champion is None else f" ({promotion.champion})"
    lines = [
        f"# {promotion.decision} {promotion.model}",
        "",
        *(f"- {reason}" for reason in promotion.reasons),
        "",
        f"- Answers from now on: {'nobody' if answers is None else f'version {answers}{called}'}",
        f"- Answered before: {'nobody' if before is None else f'version {before}'}",
        f"- Rests on the comparison: `{promotion.comparison}`",
    ]
    description = f"Verdict about the champion of {experiment}"
    create_markdown_artifact("\n".join(lines), key=f"{_in_keys(experiment)}-verdict", description=description)
    facts = {"challenger": promotion.challenger, "version": promotion.version, "replaced": promotion.replaced}
    text = " ".join((promotion.decision, f"{promotion.model}.", *promotion.reasons))
    emit(_VERDICTS[promotion.decision], experiment, text, facts)


@task(task_run_name="publish the lists of {experiment}")
def publish_recommendations(experiment: str, folder: Path) -> None:
    """Publish the facts about the lists in `folder`."""
    rows = _rows(chain(lists_in_words(read_json(folder / MANIFEST)), [("Folder", str(folder))]))
    description = f"Lists for all users of {experiment}"
    create_table_artifact(table=rows, key=f"{_in_keys(experiment)}-recommendations", description=description)


def publish_nights(experiment: str, page: Path) -> None:
    """Publish the place of the page of all nights."""
    text = f"- Nights: `{page}`\n"
    create_markdown_artifact(text, key=f"{_in_keys(experiment)}-nights", description=f"All nights of {experiment}")


def _rows(facts: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    return [{"what": name, "value": value} for name, value in facts]


def _costs(table: Table) -> list[dict[str, object]]:
    return [
        {
            "model": row.label,
            "seeds": row.n_seeds,
            "training s per seed": round(row.duration_s, 1),
            "kept epoch": row.best_epoch,
            "learnt parameters": row.n_parameters,
        }
        for row in table.rows
    ]


def _in_keys(experiment: str) -> str:
    """Return the name of an experiment without underscores, which Prefect rejects in keys."""
    return experiment.replace("_", "-")


def _link(run: RunRef, url: str | None) -> str:
    """Return the link to the page in MLflow, or else the command that serves it."""
    if url is not None:
        return f"[{url}]({url})"
    command = f"SEQREC_DATA_ROOT={quote(str(Settings().data_root))} seqrec pages"
    return f"`{command}` serves the experiment *{run.experiment}*, which has the run `{run.run_id}`"


def _ranked_by(row: Row, table: Table) -> dict[str, object]:
    """Return the metric that orders the table, with its interval and its test, in the words of the report."""
    cell = row.cells[table.comparison]
    return {
        metric_name(table.comparison): round(cell.mean, 4),
        "interval": interval(cell),
        "difference": None if row.difference is None else round(row.difference.mean, 4),
        f"verdict against {table.reference}": table.verdict(row),
        "p": chance(row.p_adjusted),
    }

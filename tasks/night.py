"""Record a night, and draw the page of all nights."""

from pathlib import Path

from prefect import task

from seqrec.ingest.drift import Drift
from seqrec.serving.night import Night, scores_of
from seqrec.serving.outcome import Outcome
from storage.atomic_write import atomic_write
from storage.files import read_json
from storage.finished import Finished
from storage.promotions import Promotion
from storage.records import Records, now
from storage.refs import DriftRef, OutcomeRef
from storage.registry import Version
from storage.settings import Settings
from tasks.drift import DRIFT
from tasks.outcome import OUTCOME
from tasks.progress import announce
from tasks.publish import publish_nights
from tasks.register import LABEL
from tasks.resources import open_resources

NIGHTS = "nights.html"


def nights_of(settings: Settings, experiment: str) -> Records[Night]:
    """Return the records of an experiment's nights."""
    remedy = "Move this file away. The page of all nights then shows the others."
    return Records(settings.nights_dir / experiment, Night, "the record of a night", remedy)


@task(task_run_name="night of {finished.experiment.name}")
def record_night(
    finished: Finished,
    promotion: Promotion,
    champion: Version | None,
    drift: DriftRef | None,
    outcome: OutcomeRef | None,
) -> Path:
    """Record what happened, draw the page of all nights beside the report, and return its path.

    Args:
        finished: The run of the night.
        promotion: What was decided in it.
        champion: The version that answers from now on.
        drift: What changed since the dump before.
        outcome: How the lists of the night before did.
    """
    # What draws plots is imported late, since that takes a second.
    from seqrec.report.nights import render_nights  # noqa: PLC0415

    settings, table, name = open_resources().settings, finished.table, finished.experiment.name
    best, floor, reigning = scores_of(table, None if champion is None else champion.tags.get(LABEL))
    nights = nights_of(settings, name)
    nights.add(
        Night(
            at=now(),
            comparison=finished.record.comparison,
            metric=table.comparison,
            n_cases=table.n_cases,
            best=best,
            floor=floor,
            champion=reigning,
            version=None if champion is None else champion.version,
            decision=promotion.decision,
            reasons=promotion.reasons,
            drift=None if drift is None else Drift.from_json(read_json(Path(drift.uri) / DRIFT)),
            outcome=None if outcome is None else Outcome.from_json(read_json(Path(outcome.uri) / OUTCOME)),
        )
    )
    page = settings.reports_dir / name / NIGHTS
    with atomic_write(page) as hidden:
        hidden.write_text(render_nights(name, nights.all()), encoding="utf-8")
    publish_nights(name, page)
    announce("night", "done", str(page))
    return page

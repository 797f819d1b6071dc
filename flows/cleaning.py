"""What a data root holds, who needs it, and the removal of what nobody needs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from flows.probe import probe_tracking
from seqrec.errors import ConfigError
from storage.atomic_write import discard
from storage.cleaning import Findings, Removed, look, remove
from storage.history import History, experiments_of
from storage.leftovers import n_bytes_of, old_runs
from storage.locks import held
from storage.promotions import Promotions
from storage.refs import PackageRef
from storage.registry import CHAMPION
from storage.settings import Settings
from storage.store import Stored
from tasks.cleanup import alive_since
from tasks.progress import announce
from tasks.register import LEARNT_FROM
from tasks.resources import Resources
from tasks.tracking import COMPLETE, place_of

LEAST_AGE: Final = timedelta(hours=1)
"""What was used later may be in use by a command that leaves no mark, such as `seqrec recommend`."""


def survey(settings: Settings, older_than: timedelta) -> Findings:
    """Return what the data root holds, and what of it nobody needs; nothing is changed.

    What a living run may use stays: everything that was used since it started.

    Args:
        settings: The data root.
        older_than: What was used within this time stays; at least `LEAST_AGE`.

    Raises:
        ConfigError: The time is too short, or the server of MLflow does not answer.
        StorageError: A record or something that is needed is damaged, so that nobody knows what must stay.
    """
    if older_than < LEAST_AGE:
        raise ConfigError(
            "the age of what is removed",
            got=f"{older_than.total_seconds() / 60:g} minutes",
            expected="at least an hour, since what was used later may be in use",
            remedy="Choose a longer time, such as --older-than 1h.",
        )
    probe_tracking(settings)
    resources, now = Resources(settings), datetime.now(UTC)
    since = min(now - older_than, alive_since(settings) or now)
    stored = list(resources.store.stored())
    names = dict.fromkeys([*experiments_of(settings.reports_dir), *_champions(settings)])
    roots = {name: frozenset(_roots(resources, stored, name, since)) for name in names}
    roots["tables of SQL"] = frozenset(Path(folder).name for folder in resources.catalogue.folders())
    return look(settings, stored, roots, since)


def unneeded_runs(settings: Settings, findings: Findings) -> dict[str, str]:
    """Return the runs in MLflow whose comparison nobody needs: their ids, by the keys of their records in the store.

    Runs that did not reach their end are not known to the store, and the runs of champions are never among these.
    """
    server = place_of(Resources(settings), "")["tracking_uri"]
    here = {
        key: one.manifest["inputs"]
        for key, one in findings.stored.items()
        if one.kind == COMPLETE and one.manifest is not None and one.manifest["inputs"]["tracking_uri"] == server
    }
    old = {
        key: str(inputs["run_id"])
        for key, inputs in here.items()
        if findings.stored[key].used_at < findings.since and inputs.get("comparison", "") not in {"", *findings.kept}
    }
    kept = {inputs["run_id"] for key, inputs in here.items() if key not in old}
    return {key: run_id for key, run_id in old.items() if run_id not in kept}


def delete_runs(settings: Settings, findings: Findings) -> Removed:
    """Delete the runs in MLflow that nobody needs, with children, logged models and, in the data root, files.

    Raises:
        StorageError: The server does not answer, or a file can't be removed.
    """
    resources, n_runs, n_bytes = Resources(settings), 0, 0
    for key, run_id in unneeded_runs(settings, findings).items():
        # The record goes first: with it, a repeated run would take this one for its own.
        resources.store.remove(COMPLETE, key, findings.since)
        if not resources.tracker.has_run(run_id):
            continue
        deleted = resources.tracker.delete(run_id)
        for files in (settings.mlflow_dir / folder for folder in deleted.folders):
            n_bytes += n_bytes_of(files) if files.is_dir() else 0
            discard(files)
        n_runs += len(deleted.runs)
    return Removed(n_runs, n_bytes, 0)


def clean(settings: Settings, findings: Findings, *, vectors: bool) -> Removed:
    """Remove what nobody needs, except runs in MLflow.

    Args:
        settings: The data root.
        findings: What nobody needs.
        vectors: Remove the cached vectors of encoders that nothing uses, too.

    Raises:
        ConfigError: Vectors should be removed while a run, which may be paying for some, is alive.
        StorageError: Something can't be removed.
    """
    if vectors and alive_since(settings) is not None:
        raise ConfigError(
            "--vectors",
            got="a run that is alive, and may be embedding texts",
            expected="no run in this data root",
            remedy="Wait for its end, or leave --vectors out.",
        )
    turn = held(settings.work_dir / "clean.lock", lambda who: announce("clean", "waiting", f"for {who}"))
    with turn:
        return remove(settings, findings, vectors=vectors)


def _champions(settings: Settings) -> list[str]:
    return sorted(folder.name for folder in settings.promotions_dir.glob("*") if folder.is_dir())


def _roots(resources: Resources, stored: Sequence[Stored], name: str, since: datetime) -> set[str]:
    """Return the keys of what an experiment needs: its runs, and what its champion rests on.

    Versions that a rollback can reach answer from MLflow's copies, and need nothing of the store.
    """
    history = History(resources.settings.reports_dir, name)
    old = old_runs(history, since)
    roots = {key for file, run in history.records().items() if file not in old for key in (run.comparison, run.report)}
    champion = resources.registry.find(name, CHAMPION)
    if champion is None:
        return roots
    learnt_from = champion.tags[LEARNT_FROM]
    events = Promotions(resources.settings.promotions_dir, name).all()
    rests_on = {event.comparison for event in events if event.version == champion.version and event.comparison}
    return roots | rests_on | {learnt_from} | {one.key for one in stored if _is_package_of(one, name, learnt_from)}


def _is_package_of(stored: Stored, experiment: str, learnt_from: str) -> bool:
    if stored.kind != PackageRef.kind or stored.manifest is None:
        return False
    card = stored.manifest["inputs"]["card"]
    return bool(card["experiment"] == experiment and card["learnt_from"] == learnt_from)

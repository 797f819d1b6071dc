"""The way back to the champion before the current one."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flows.champion import champion_of, package_of
from flows.experiments import name_of_experiment
from flows.probe import probe_tracking
from flows.reasons import stated
from seqrec.errors import StorageError
from storage.promotions import Promotion, Promotions
from storage.records import now
from storage.registry import CHAMPION, Registry
from storage.settings import Settings
from tasks.register import REPLACED


def rollback(settings: Settings, experiment: str, reason: str) -> Promotion:
    """Let the version answer that the current champion replaced, and record it.

    Raises:
        ConfigError: The reason is empty, or the server of MLflow does not answer.
        StorageError: There is no champion, or it was the first, or the files of the one before are damaged.
    """
    reason = stated(reason)
    probe_tracking(settings)
    name = name_of_experiment(experiment)
    registry = Registry(settings.tracking_uri, settings.mlflow_dir)
    history = Promotions(settings.promotions_dir, name)
    current = champion_of(registry, name)
    changes = [event for event in history.all() if event.version == current.version and event.decision != "ROLLBACK"]
    before = next((event.replaced for event in changes), current.tags.get(REPLACED))
    promote = f"Promote another model: `seqrec promote {name} --model LABEL --force REASON`."
    if before is None:
        raise StorageError(
            f"champion of {name}",
            got=f"version {current.version}, which replaced none",
            expected="a version that was champion before",
            remedy=promote,
        )
    with TemporaryDirectory() as folder:
        version = registry.version(name, before)
        package_of(registry, version, version.source, Path(folder), promote)
    promotion = Promotion(
        at=now(),
        decision="ROLLBACK",
        reasons=(reason,),
        challenger=next((event.challenger for event in history.all() if event.version == before), ""),
        version=before,
        replaced=current.version,
        comparison=None,
    )
    registry.point(name, CHAMPION, before)
    history.add(promotion)
    return promotion

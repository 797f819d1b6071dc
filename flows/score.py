"""The flow that writes the champion's recommendations for all users."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run

from flows.champion import champion_of, champion_package
from flows.experiments import name_of_experiment
from flows.parameters import ExperimentName
from flows.probe import probe_remote_store
from flows.production import dump_of
from storage.finished import open_finished
from storage.history import History
from storage.settings import Settings
from tasks.cancellation import cancel_if_stopped, stoppable
from tasks.cleanup import marked_alive
from tasks.extend import extend
from tasks.ingest import ingest
from tasks.new_items import NewItems
from tasks.publish import publish_recommendations
from tasks.resources import open_resources
from tasks.score import score as score_users
from tasks.tagging import tag


def _name_of_run() -> str:
    return f"score {name_of_experiment(flow_run.parameters['experiment'])} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(name="score", flow_run_name=_name_of_run, on_crashed=[cancel_if_stopped])
def score(
    experiment: ExperimentName,
    k: int = 20,
    data: Path | None = None,
    *,
    changed_only: bool = False,
    new_items: NewItems = "bought",
) -> Path:
    """Write the champion's lists for all users, and return their folder.

    Args:
        experiment: File or name of an experiment with a champion.
        k: Length of a list.
        data: Folder of a fresh dump; by default, the histories are those of the last run.
        changed_only: Score only users whose history has changed since the last lists, and carry over the others'.
        new_items: Items that the champion was not fitted on and that may be recommended, if it can place them by their
            vectors: those with an event, all that the dump describes, or none.

    Raises:
        StorageError: The experiment has no champion, something is damaged, or the last lists can't be carried over.
    """
    run_id, resources = UUID(flow_run.id), open_resources()
    with stoppable(run_id), marked_alive(Settings(), run_id), TemporaryDirectory() as folder:
        probe_remote_store(Settings())
        name = name_of_experiment(experiment)
        tag(run_id, name)
        resources.tracker.reap()
        finished = open_finished(resources.store, History(resources.settings.reports_dir, name).last())
        champion = champion_of(resources.registry, name)
        packaged = champion_package(resources.registry, champion, Path(folder))
        # What the catalogue shows of the experiment is the dump that its models learnt from.
        fresh = None if data is None else ingest(finished.experiment.dataset, data, catalogued=False)
        dump = fresh or dump_of(finished)
        place = data or Path(finished.record.data)
        extended = extend(finished.experiment, packaged, dump, place, new_items, Path(folder) / "extended")
        lists = score_users(name, champion.version, extended, dump, finished.protocol, k, changed_only=changed_only)
        publish_recommendations(name, lists)
        return lists

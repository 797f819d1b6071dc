"""Models that answer single questions, without a flow."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.champion import champion_of, champion_package
from flows.experiments import name_of_experiment
from flows.probe import probe_tracking
from flows.production import chosen_seed, dump_of
from seqrec.errors import ConfigError, StorageError
from seqrec.serving.answers import Answerer
from storage.files import read_training
from storage.finished import open_finished
from storage.history import History
from storage.packages import PACKAGE, card_of, open_package, write_package
from storage.settings import Settings
from tasks.new_items import with_new_items
from tasks.resources import Resources


@contextmanager
def answerer_of(settings: Settings, experiment: str, label: str | None) -> Iterator[Answerer]:
    """Yield the champion of an experiment, or a model of its last run, ready to answer.

    Args:
        settings: The data root and the servers.
        experiment: File or name of the experiment.
        label: Label of the model, with the seed that validation prefers; None for the champion.

    Raises:
        ConfigError: The last run has no such model, or the server of MLflow does not answer.
        StorageError: There is no champion or no run, or something is damaged.
    """
    probe_tracking(settings)
    resources, name = Resources(settings), name_of_experiment(experiment)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        packaged = _champion(resources, name, folder) if label is None else _of_last_run(resources, name, label, folder)
        yield open_package(packaged, resources.run(0))


def _champion(resources: Resources, name: str, folder: Path) -> Path:
    """Copy the champion's package into `folder`, with the items that are new in the dump of the last run."""
    packaged = champion_package(resources.registry, champion_of(resources.registry, name), folder)
    try:
        resources.settings.check_writable()
    except StorageError:
        # The vectors of new items could not be kept.
        return packaged
    finished = open_finished(resources.store, History(resources.settings.reports_dir, name).last())
    dump, data = dump_of(finished), Path(finished.record.data)
    cache, extended = resources.vector_cache, folder / "extended"
    return with_new_items(cache, finished.experiment, packaged, dump, data, "bought", extended).packaged


def _of_last_run(resources: Resources, name: str, label: str, folder: Path) -> Path:
    """Write the package of a model of the last run into `folder`."""
    finished = open_finished(resources.store, History(resources.settings.reports_dir, name).last())
    labels = [row.label for row in finished.table.rows]
    if label not in labels:
        raise ConfigError(
            f"model '{label}'",
            got=f"no such model in the last run of {name}",
            expected=f"champion, or one of {', '.join(labels)}",
            remedy="Name one of these.",
        )
    chosen = chosen_seed(finished, label)
    card = card_of(
        finished.protocol,
        experiment=name,
        label=label,
        seed=chosen.seed,
        model=chosen.model,
        learnt_from=finished.split.key,
    )
    training = read_training(finished.split.path / "training")
    write_package(folder / PACKAGE, finished.store, card, training, finished.dump.path)
    return folder / PACKAGE

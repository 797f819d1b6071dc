"""The MLflow client: imported late, initialised once, quiet, and with errors that say what to do."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from seqrec.redact import redact
from storage.atomic_write import is_writable, writing
from storage.tracked_places import correct_places, path_of
from storage.tracking_errors import damaged, explained, tracking_error

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

EXPERIMENT_KIND: Final = "mlflow.experimentKind"
"""Tag that makes MLflow show an experiment as model training, with charts and comparisons first."""

_SQLITE: Final = "sqlite:///"
_UNWRITABLE: Final = "Fix the permissions, or choose another place with SEQREC_TRACKING_URI or SEQREC_DATA_ROOT."

ENVIRONMENT: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
_COMPLAINTS: Final = "mlflow.store.db.utils"
"""The logger of errors that MLflow also raises."""


class TrackingClient:
    """A client of one database or server, which connects at its first use.

    Args:
        uri: Database or server.
        artifact_root: Folder of the files of runs, if `uri` is a database.
    """

    def __init__(self, uri: str, artifact_root: Path) -> None:
        self._uri = uri
        self._artifact_root = artifact_root.absolute()
        self._connected: MlflowClient | None = None

    @property
    def server(self) -> str | None:
        """Address of the server, or None for a database."""
        return self._uri.rstrip("/") if self._uri.startswith(("http://", "https://")) else None

    @property
    def is_new(self) -> bool:
        """Whether the database does not exist yet; the first use makes it."""
        return self._file is not None and not self._file.exists()

    @contextmanager
    def use(self) -> Iterator["MlflowClient"]:
        """Yield the connected client.

        Raises:
            StorageError: The database or server does not answer or refuses the request, its driver is not installed, or
                files can't be written.
        """
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        # Imported late, since the import takes two seconds and a run that finds everything in the store never needs it.
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        logging.getLogger(_COMPLAINTS).setLevel(logging.CRITICAL)
        with writing(self._artifact_root):
            try:
                yield self._connected or self._connect()
            except (MlflowException, SQLAlchemyError, sqlite3.Error, ImportError) as error:
                raise explained(self._uri, self._file, error) from error

    def experiment_id(self, name: str) -> str:
        """Return the id of an experiment, and create it if it does not exist.

        Raises:
            StorageError: As from `use` and `check_experiment`.
        """
        with self.use() as client, self.lock():
            known = self._experiment(client, name)
            if known is not None:
                return str(known.experiment_id)
            location = None if self.server else self._artifact_root.as_uri()
            return str(client.create_experiment(name, location, tags={EXPERIMENT_KIND: "custom_model_development"}))

    def check_experiment(self, name: str) -> None:
        """Check that runs can be added to an experiment, which need not exist yet.

        Raises:
            StorageError: As from `use`, or somebody has deleted it, or its files are at a place that is gone.
        """
        if not self.is_new:
            with self.use() as client:
                self._experiment(client, name)

    def _experiment(self, client: "MlflowClient", name: str) -> "Experiment | None":
        from mlflow.entities import LifecycleStage  # noqa: PLC0415

        known = client.get_experiment_by_name(name)
        if known is not None and known.lifecycle_stage == LifecycleStage.DELETED:
            restore = f"mlflow experiments restore --experiment-id {known.experiment_id}"
            raise tracking_error(
                self._uri,
                got=f"the experiment '{name}', which was deleted there",
                expected="an experiment that new runs can be added to",
                remedy=f"Restore it: `MLFLOW_TRACKING_URI='{redact('uri', self._uri)}' {restore}`.",
            )
        if known is not None and self.server is None:
            self._check_place(name, str(known.artifact_location))
        return known

    def _check_place(self, name: str, location: str) -> None:
        """Check that the files of an experiment have a place; MLflow would make the folder again, wherever it was."""
        place = path_of(location)
        if place is not None and not place.exists() and place != self._artifact_root:
            raise tracking_error(
                self._uri,
                got=f"the experiment '{name}', whose files are in {place}, which does not exist",
                expected=f"the folder of a data root, such as {self._artifact_root}",
                remedy=f"If the data root was moved here, let a link lead from the old place to the new one: "
                f"`ln -s {self._artifact_root} {place}`. Machines with folders of their own need a server of MLflow.",
            )

    def lock(self) -> FileLock:
        """Return a lock among the processes of this host; a thread that holds it must not acquire it again."""
        self._artifact_root.mkdir(parents=True, exist_ok=True)
        return FileLock(self._lock_file)

    @property
    def _lock_file(self) -> Path:
        return self._artifact_root / ".lock"

    @property
    def _file(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self._uri.removeprefix(_SQLITE)) if self._uri.startswith(_SQLITE) else None

    def _connect(self) -> "MlflowClient":
        from mlflow import MlflowClient  # noqa: PLC0415

        file = self._file
        # If several processes create the tables of one database at the same time, all of them fail.
        with self._turn():
            if file is not None and file.is_dir():
                raise tracking_error(self._uri, got="a folder", remedy="Name a file in SEQREC_TRACKING_URI.")
            if file is not None and file.exists():
                _check_database(file)
                # A database elsewhere may serve several data roots, and belongs to none.
                if file.is_relative_to(self._artifact_root):
                    correct_places(file, self._artifact_root, EXPERIMENT_KIND)
            elif file is not None:
                with writing(file.parent.absolute(), _UNWRITABLE):
                    _make_database(file)
            client = MlflowClient(tracking_uri=self._uri)
            client.search_experiments(max_results=1)
        self._connected = client
        return client

    def _turn(self) -> AbstractContextManager[object]:
        """Return the lock, or nothing where it can't be written: nobody writes then, and everybody may read."""
        return self.lock() if is_writable(self._lock_file) or not self._artifact_root.exists() else nullcontext()


def _check_database(file: Path) -> None:
    """Find damage that MLflow would only meet later, in whatever it happens to read."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", timeout=60.0, uri=True)) as connection:
            (found,) = connection.execute("pragma integrity_check(1)").fetchone()
    except sqlite3.OperationalError:
        # It is held, or can't be opened.
        raise
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise damaged(file, found)


def _make_database(file: Path) -> None:
    """Create a database beside its place: a process that dies meanwhile would leave one with some of its tables."""
    from mlflow import MlflowClient  # noqa: PLC0415

    file.parent.mkdir(parents=True, exist_ok=True)
    for left in file.parent.glob(f"{file.name}.*.making*"):
        left.unlink()
    making = file.with_name(f"{file.name}.{os.getpid()}.making")
    MlflowClient(tracking_uri=f"{_SQLITE}{making}").search_experiments(max_results=1)
    making.replace(file)

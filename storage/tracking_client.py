"""The MLflow client: imported late, initialised once, quiet, and with errors that say what to do."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from seqrec.errors import StorageError
from seqrec.redact import redact
from storage.atomic_write import writing

if TYPE_CHECKING:
    from mlflow import MlflowClient

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

        with writing(self._artifact_root):
            try:
                yield self._connected or self._connect()
            except (MlflowException, SQLAlchemyError, ImportError) as error:
                remedy = "Install that driver of the database with pip." if isinstance(error, ImportError) else ""
                raise self._error(got=str(error).splitlines()[0], remedy=remedy or self._remedy) from error

    def experiment_id(self, name: str) -> str:
        """Return the id of an experiment, and create it if it does not exist.

        Raises:
            StorageError: As from `use`, or somebody has deleted the experiment.
        """
        with self.use() as client, self.lock():
            from mlflow.entities import LifecycleStage  # noqa: PLC0415

            known = client.get_experiment_by_name(name)
            if known is not None and known.lifecycle_stage == LifecycleStage.DELETED:
                restore = f"mlflow experiments restore --experiment-id {known.experiment_id}"
                raise self._error(
                    got=f"the experiment '{name}', which was deleted there",
                    expected="an experiment that new runs can be added to",
                    remedy=f"Restore it: `MLFLOW_TRACKING_URI='{redact('uri', self._uri)}' {restore}`.",
                )
            if known is not None:
                return str(known.experiment_id)
            location = None if self.server else self._artifact_root.as_uri()
            return str(client.create_experiment(name, location, tags={EXPERIMENT_KIND: "custom_model_development"}))

    def lock(self) -> FileLock:
        """Return a lock among the processes of this host; a thread that holds it must not acquire it again."""
        self._artifact_root.mkdir(parents=True, exist_ok=True)
        return FileLock(self._artifact_root / ".lock")

    def _error(
        self, *, got: str, remedy: str, expected: str = "a tracking database or server that accepts records"
    ) -> StorageError:
        subject = f"MLflow at {redact('uri', self._uri)}"
        return StorageError(subject, got=redact("got", got), expected=expected, remedy=remedy)

    @property
    def _file(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self._uri.removeprefix(_SQLITE)) if self._uri.startswith(_SQLITE) else None

    @property
    def _remedy(self) -> str:
        if self._file is None:
            return "Check SEQREC_TRACKING_URI, and that the server is running."
        return f"If {self._file} is damaged, move it away; the next run makes a new one."

    def _connect(self) -> "MlflowClient":
        from mlflow import MlflowClient  # noqa: PLC0415

        # If several processes create the tables of one database at the same time, all of them fail.
        with self.lock():
            if self._file is not None and self._file.is_dir():
                raise self._error(got="a folder", remedy="Name a file in SEQREC_TRACKING_URI.")
            if self._file is not None and self._file.exists():
                self._check_database(self._file)
            elif self._file is not None:
                with writing(self._file.parent.absolute(), _UNWRITABLE):
                    _make_database(self._file)
            client = MlflowClient(tracking_uri=self._uri)
            client.search_experiments(max_results=1)
        self._connected = client
        return client

    def _check_database(self, file: Path) -> None:
        """Find damage that MLflow would only meet later, in whatever it happens to read."""
        try:
            with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", timeout=60.0, uri=True)) as connection:
                (found,) = connection.execute("pragma integrity_check(1)").fetchone()
        except sqlite3.Error as error:
            found = str(error)
        if found != "ok":
            remedy = f"{self._remedy} To save its records, run `sqlite3 {file} .recover`."
            expected = "the SQLite database of MLflow"
            raise StorageError(str(file), got=found, expected=expected, remedy=remedy)


def _make_database(file: Path) -> None:
    """Create a database beside its place: a process that dies meanwhile would leave one with some of its tables."""
    from mlflow import MlflowClient  # noqa: PLC0415

    file.parent.mkdir(parents=True, exist_ok=True)
    for left in file.parent.glob(f"{file.name}.*.making*"):
        left.unlink()
    making = file.with_name(f"{file.name}.{os.getpid()}.making")
    MlflowClient(tracking_uri=f"{_SQLITE}{making}").search_experiments(max_results=1)
    making.replace(file)

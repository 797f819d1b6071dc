"""Models in MLflow: every fitted one is a logged model, and those that may answer people are versions with aliases."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Final

from storage.packages import PACKAGE, DamagedPackageError
from storage.tracked_places import path_of
from storage.tracking_client import TrackingClient

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
CODE: Final = Path(__file__).with_name("served_model.py")

# MLflow runs the code of a model to check it, and keeps what that code sets in one place for all threads.
_CODE_RUNS: Final = Lock()


@dataclass(frozen=True, slots=True)
class Version:
    """A registered version of an experiment's model."""

    name: str
    version: str
    source: str
    """Address of its files."""
    tags: Mapping[str, str]


class Registry:
    """Logged models and registered versions in an MLflow database or server.

    The registered model of an experiment has the experiment's name.

    Args:
        uri: Database or server.
        artifact_root: Folder of files, if `uri` is a database.
    """

    def __init__(self, uri: str, artifact_root: Path) -> None:
        self._client = TrackingClient(uri, artifact_root)

    def log_model(
        self,
        experiment: str,
        run_id: str,
        name: str,
        package: Path,
        *,
        example: list[str],
        params: Mapping[str, str],
        tags: Mapping[str, str],
    ) -> str:
        """Log a package as a model of a run, and return the model's id.

        Args:
            experiment: Experiment of MLflow.
            run_id: The run that trained it.
            name: Name of the model.
            package: Folder of the package, which must have the name `PACKAGE`: MLflow keeps that name.
            example: A history for the example of the input.
            params: Facts that models are compared by.
            tags: Facts that models are searched by.

        Raises:
            StorageError: The server does not answer, or files can't be written.
        """
        experiment_id = self._client.experiment_id(experiment)
        with self._client.use() as client, TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            _save(path, package, example)
            model = client.create_logged_model(
                experiment_id, name, run_id, tags=dict(tags), params=dict(params), model_type="recommender"
            )
            client.log_model_artifacts(model.model_id, str(path))
            client.finalize_logged_model(model.model_id, "READY")
            return str(model.model_id)

    def logged_by(self, experiment: str, run_id: str) -> str | None:
        """Return the id of the model that a run has logged to its end, or None if it has none.

        Raises:
            StorageError: The server does not answer.
        """
        experiment_id = self._client.experiment_id(experiment)
        with self._client.use() as client:
            # MLflow stores the status as a number, which a filter can't name.
            own = client.search_logged_models([experiment_id], f"source_run_id = '{run_id}'")
            return next((str(model.model_id) for model in own if str(model.status) == "READY"), None)

    def address(self, model_id: str) -> str:
        """Return the address of the files of a logged model.

        Raises:
            StorageError: The server does not answer.
        """
        with self._client.use() as client:
            return str(client.get_logged_model(model_id).artifact_location)

    def register(self, name: str, model_id: str, run_id: str, tags: Mapping[str, str], description: str) -> Version:
        """Add a logged model as the newest version of a registered model, which is created if it does not exist.

        Raises:
            StorageError: The server does not answer.
        """
        with self._client.use() as client, self._client.lock():
            if not any(known.name == name for known in client.search_registered_models(f"name = '{name}'")):
                client.create_registered_model(name)
            # The address `models:/...` would be looked up on MLflow's global server, which may be another.
            version = client.create_model_version(
                name,
                client.get_logged_model(model_id).artifact_location,
                run_id,
                tags=dict(tags),
                description=description,
                model_id=model_id,
                await_creation_for=0,
            )
            return _version(version)

    def point(self, name: str, alias: str, version: str) -> None:
        """Let an alias name a version.

        Raises:
            StorageError: The server does not answer, or has no such version.
        """
        with self._client.use() as client:
            client.set_registered_model_alias(name, alias, version)

    def find(self, name: str, alias: str) -> Version | None:
        """Return the version that an alias names, or None if there is none.

        Raises:
            StorageError: The server does not answer.
        """
        if self._client.is_new:
            return None
        with self._client.use() as client:
            found = client.search_registered_models(f"name = '{name}'")
            version = dict(found[0].aliases).get(alias) if found else None
            return None if version is None else _version(client.get_model_version(name, str(version)))

    def version(self, name: str, version: str) -> Version:
        """Return a version.

        Raises:
            StorageError: The server does not answer, or has no such version.
        """
        with self._client.use() as client:
            return _version(client.get_model_version(name, version))

    def download(self, source: str, folder: Path) -> Path:
        """Copy the package of a logged model into `folder`, and return its place there.

        Args:
            source: Address of the model's files.
            folder: An existing folder.

        Raises:
            DamagedPackageError: It is gone.
            StorageError: The server does not answer, or the disk is full.
        """
        with self._client.use():
            from mlflow.artifacts import download_artifacts  # noqa: PLC0415

            packaged = f"{source}/artifacts/{PACKAGE}"
            place = path_of(packaged)
            if place is not None and not place.is_dir():
                raise DamagedPackageError(
                    str(place), got="no such folder", expected="a package", remedy="Register the model again."
                )
            return Path(download_artifacts(packaged, dst_path=str(folder)))

    def tag(self, version: Version, tags: Mapping[str, str]) -> None:
        """Add tags to a version.

        Raises:
            StorageError: The server does not answer.
        """
        with self._client.use() as client:
            for name, value in tags.items():
                client.set_model_version_tag(version.name, version.version, name, value)


def _save(path: Path, package: Path, example: list[str]) -> None:
    """Save a package in MLflow's form, and let MLflow answer the example with it."""
    with _CODE_RUNS, warnings.catch_warnings():
        # MLflow uses pandas in ways that pandas warns of, which nobody here can change.
        warnings.simplefilter("ignore")
        import pandas as pd  # noqa: PLC0415
        from mlflow.pyfunc import save_model  # noqa: PLC0415

        from storage.served_model import HISTORY, SIGNATURE  # noqa: PLC0415

        save_model(
            str(path),
            python_model=str(CODE),
            artifacts={PACKAGE: str(package)},
            signature=SIGNATURE,
            input_example=pd.DataFrame({HISTORY: [example]}),
            pip_requirements=["seqrec"],
        )


def _version(version: "ModelVersion") -> Version:
    return Version(str(version.name), str(version.version), str(version.source), dict(version.tags))

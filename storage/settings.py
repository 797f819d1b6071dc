"""Settings of how and where the program runs, such as paths, device and workers.

They are read from the environment, and are never part of an experiment.
"""

import os
import uuid
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    NonNegativeFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from seqrec.errors import ConfigError, StorageError
from seqrec.redact import redact_text
from storage.atomic_write import writing

PREFIX = "SEQREC_"
ELSEWHERE: Final = (
    "If the results are elsewhere, set SEQREC_DATA_ROOT to their data root: by default, it is the folder `var` of the "
    "folder that the command is called from."
)
"""What to do if the data root has nothing of what is asked for."""

MAX_ROOT_BYTES: Final = 400
"""The length of the longest data root; the paths of files in it have up to a hundred bytes more."""
DATABASES: Final = ("sqlite", "postgresql", "mysql", "mssql")
"""The databases that MLflow supports."""


_FILE: Final = "sqlite:///"


def _variable(field: str) -> str:
    return PREFIX + field.upper()


def _default_tracking_uri(values: dict[str, Any]) -> str:
    return f"sqlite:///{values['data_root']}/mlflow/mlflow.db"


def _usable_folder(path: Path) -> Path:
    """Return the absolute path of a folder that every library can find, or raise an error that says what is wrong."""
    try:
        folder = path.expanduser().absolute()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"a path that leads somewhere ({error})") from error
    name = str(folder)
    # Databases, URLs and patterns of file names read these characters as something else.
    strange = sorted({character for character in name if character in "?*[\\%" or not character.isprintable()})
    if strange:
        raise ValueError(f"a path without the characters {' '.join(map(ascii, strange))}")
    if len(os.fsencode(folder)) > MAX_ROOT_BYTES:
        raise ValueError(f"a path of at most {MAX_ROOT_BYTES} bytes, since SQLite opens none above 512")
    return folder


def _usable_uri(uri: str) -> str:
    """Return the address of a database or server of MLflow, or raise an error that says what is wrong."""
    try:
        parts = urlsplit(uri)
        is_server = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_server, parts = False, SplitResult("", "", "", "", "")
    if not is_server and parts.scheme.partition("+")[0] not in DATABASES:
        raise ValueError(f"http://HOST:PORT or sqlite:////PATH; the databases are {', '.join(DATABASES)}")
    if parts.scheme == "sqlite":
        if not parts.path.strip("/") or ":memory:" in parts.path or parts.query:
            raise ValueError("sqlite:////PATH of a file, without ?")
        if uri.startswith(_FILE):
            # A process in another folder must mean the same file.
            return _FILE + str(Path(uri.removeprefix(_FILE)).absolute())
    return uri


def _usable_webhook(webhook: SecretStr) -> SecretStr:
    """Return the address of a webhook, or raise an error that says what is wrong."""
    try:
        parts = urlsplit(webhook.get_secret_value())
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError("http://HOST/PATH or https://HOST/PATH")
    return webhook


def _usable_scheduler(address: str) -> str:
    """Return the address of a Dask scheduler, or raise an error that says what is wrong."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"tcp", "tls"} and bool(parts.hostname) and bool(parts.port)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("tcp://HOST:PORT or tls://HOST:PORT")
    return address


def _usable_remote_store(url: str) -> str:
    """Return the URL of an object store, or raise an error that says what is wrong."""
    expected = "s3://BUCKET/FOLDER, gs://BUCKET/FOLDER, abfs://CONTAINER/FOLDER, file:///FOLDER or another URL"
    try:
        parts = urlsplit(url)
        # What follows a colon is a port, or else a password; addresses of Azure contain an @ without one.
        has_port = ":" not in parts.netloc or parts.port is not None
    except ValueError:
        parts, has_port = SplitResult("", "", "", "", ""), False
    has_password = not has_port or parts.password is not None or "@" in parts.path
    if has_password or parts.query or parts.fragment:
        raise ValueError(f"{expected}, without a password: credentials come from the environment")
    if parts.scheme in {"file", "local"}:
        usable = not parts.netloc and parts.path.startswith("/")
    else:
        # Nothing can be written through HTTP, and the store in memory, for tests, has no host.
        usable = parts.scheme not in {"", "http", "https"} and bool(parts.hostname or parts.scheme == "memory")
    if not usable or "::" in url:
        raise ValueError(expected)
    return url


_SECRET: Final = {"webhook", "remote_store"}
"""The settings whose values, if they are wrong, may contain a secret at any place."""

Count = Annotated[int, Field(gt=0, le=1024)]
"""A number of processes or threads. PyTorch crashes if it is asked for too many."""


class Settings(BaseSettings):
    """How and where the program runs: environment variables, which are no keys of the experiment.

    Raises:
        ConfigError: A variable is unknown or has an invalid value.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    data_root: Annotated[Path, AfterValidator(_usable_folder)] = Field(Path("var"), validate_default=True)
    """The folder of everything that is stored; a relative path starts from the working directory."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """The device on which networks are trained; `auto` uses the GPU if there is one."""
    runner: Literal["threads", "processes", "dask"] = "threads"
    """How the tasks of a flow run: as threads of one process; each in its own process, so that models that train side
    by side on a CPU do not take turns; or on a Dask cluster, by default one on this machine."""
    dask_scheduler: Annotated[str, AfterValidator(_usable_scheduler)] | None = None
    """The scheduler of a Dask cluster that exists already, such as `tcp://HOST:8786`; it is used if `SEQREC_RUNNER` is
    `dask`. Its workers need the same data root at the same path, and one thread each."""
    training_slots: Count = 1
    """The number of models that may be trained at the same time, by all runs of the data root; models that only count
    do not wait."""
    processes_per_model: Count = 1
    """The number of processes of this machine that train one network together, each on its own GPU. This pays only for
    large networks, and on GPUs requires `SEQREC_TRAINING_SLOTS` to be 1."""
    checkpoint_every_s: NonNegativeFloat = 5.0
    """Seconds between checkpoints. A killed training loses at most this much work; if checkpoints take long, up to
    twenty times as long as one takes. If several processes train one network, it also loses the epoch it had begun."""
    n_threads: Count | None = None
    """The number of threads of the numeric libraries in each process; by default, the libraries choose."""
    rows_in_memory: PositiveInt = 10_000_000
    """The number of interactions that an ingest counts in memory at a time, at about 100 bytes each."""
    tracking_uri: Annotated[str, AfterValidator(_usable_uri)] = Field(default_factory=_default_tracking_uri)
    """The database or server of MLflow; by default an SQLite database under the data root."""
    remote_store: Annotated[str, AfterValidator(_usable_remote_store)] | None = None
    """An object store behind the data root, such as `s3://BUCKET/FOLDER`, for workers that share no file system: what
    one of them makes, the others fetch. Credentials come from the environment."""
    mirror: str | None = None
    """A server to download public dumps from, with the files under the same paths as on their own servers."""
    webhook: Annotated[SecretStr, AfterValidator(_usable_webhook)] | None = None
    """A secret address, which `seqrec up` lets Prefect tell of failed runs, verdicts, drift and lists that fell."""

    @classmethod
    def variables_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of the settings, under the names of their variables."""
        schema = cls.model_json_schema()
        variables = {_variable(name): field for name, field in schema["properties"].items()}
        return schema | {"format": "environment", "properties": variables}

    @property
    def variables(self) -> dict[str, str]:
        """The variables with which another process has the same settings, whatever folder it runs in.

        The webhook is a secret that no other process needs.
        """
        told = {
            name: getattr(self, name) for name in (self.model_fields_set | {"data_root", "tracking_uri"}) - {"webhook"}
        }
        return {_variable(name): str(value) for name, value in told.items() if value is not None}

    @property
    def store_dir(self) -> Path:
        """The content-addressed store of artifacts."""
        return self.data_root / "store"

    @property
    def work_dir(self) -> Path:
        """Checkpoints of unfinished work."""
        return self.data_root / "work"

    @property
    def vectors_dir(self) -> Path:
        """The cache of item vectors, by encoder and text."""
        return self.data_root / "vectors"

    @property
    def catalogue_path(self) -> Path:
        """The DuckDB file over the contents of the store."""
        return self.data_root / "catalogue.duckdb"

    @property
    def mlflow_dir(self) -> Path:
        """MLflow's artifacts, and its database unless `tracking_uri` names another."""
        return self.data_root / "mlflow"

    @property
    def prefect_dir(self) -> Path:
        """Prefect's home."""
        return self.data_root / "prefect"

    @property
    def reports_dir(self) -> Path:
        """HTML reports."""
        return self.data_root / "reports"

    @property
    def recommendations_dir(self) -> Path:
        """The lists that were scored for all users."""
        return self.data_root / "recommendations"

    @property
    def promotions_dir(self) -> Path:
        """The histories of champions."""
        return self.data_root / "promotions"

    @property
    def tuning_dir(self) -> Path:
        """The studies of searches, and the settings that they found."""
        return self.data_root / "tuning"

    @property
    def nights_dir(self) -> Path:
        """The records of nights."""
        return self.data_root / "nights"

    @property
    def services_dir(self) -> Path:
        """The records of the servers and the worker that run in the background."""
        return self.data_root / "services"

    @property
    def logs_dir(self) -> Path:
        """The logs of what runs in the background."""
        return self.data_root / "logs"

    def check_exists(self) -> None:
        """Check that there is a data root, and create none.

        Raises:
            StorageError: There is none.
        """
        if not self.data_root.is_dir():
            raise StorageError(
                str(self.data_root),
                got="no such folder",
                expected="a data root, which exists once a dump has been ingested or an experiment was run",
                remedy=f"Run `seqrec ingest` or an experiment first. {ELSEWHERE}",
            )

    def check_writable(self) -> None:
        """Check that the data root can be written, by means of a small file that is removed again.

        Raises:
            StorageError: It can't be written.
        """
        with writing(self.data_root):
            self.data_root.mkdir(parents=True, exist_ok=True)
            probe = self.data_root / f".probe-{uuid.uuid4().hex}"
            try:
                probe.write_bytes(b"seqrec")
            finally:
                probe.unlink(missing_ok=True)

    @model_validator(mode="wrap")
    @classmethod
    def _explain(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 - pydantic's own
        known = [_variable(name) for name in cls.model_fields]
        for variable in sorted(os.environ):
            if variable.startswith(PREFIX) and variable not in known:
                close = get_close_matches(variable, known, n=1)
                raise ConfigError(
                    variable,
                    got="an unknown environment variable",
                    expected=f"one of {', '.join(known)}",
                    remedy=f"Did you mean {close[0]}?" if close else f"Unset {variable}.",
                )
        try:
            return handler(values)
        except ValidationError as error:
            first = error.errors()[0]
            variable = _variable(str(first["loc"][0]))
            raise ConfigError(
                variable,
                got="a value that is not shown" if first["loc"][0] in _SECRET else redact_text(repr(first["input"])),
                expected=first["msg"].removeprefix("Value error, "),
                remedy=f"Correct {variable}, or unset it to use the default.",
            ) from error

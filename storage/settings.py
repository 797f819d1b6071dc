"""Settings of how and where the program runs, such as paths, device and workers.

They are read from the environment, and are never part of an experiment.
"""

import os
import uuid
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    NonNegativeFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from seqrec.errors import ConfigError
from storage.atomic_write import writing

PREFIX = "SEQREC_"


def _variable(field: str) -> str:
    return PREFIX + field.upper()


def _default_tracking_uri(values: dict[str, Any]) -> str:
    return f"sqlite:///{values['data_root']}/mlflow/mlflow.db"


class Settings(BaseSettings):
    """Values of the `SEQREC_*` environment variables, or their defaults.

    Raises:
        ConfigError: A variable is unknown or has an invalid value.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    data_root: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = Field(
        Path("var"), validate_default=True
    )
    """Folder of everything that is stored; a relative path starts from the working directory."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Device on which networks are trained; `auto` uses the GPU if there is one."""
    runner: Literal["threads", "processes"] = "threads"
    """How the tasks of a flow run: as threads of one process, or each in its own process, so that models that train
    side by side on a CPU do not take turns."""
    training_slots: PositiveInt = 1
    """Models that may be trained at the same time, by all runs of the data root; models that only count do not wait."""
    processes_per_model: PositiveInt = 1
    """Processes of this machine that train one network together, each on its own GPU. This pays only for large
    networks, and on GPUs requires `training_slots` of 1."""
    checkpoint_every_s: NonNegativeFloat = 5.0
    """Seconds between checkpoints. A killed training loses at most this much work, or twenty times the time that a
    checkpoint takes; if several processes train one network, it also loses the epoch that it had begun."""
    n_threads: PositiveInt | None = None
    """Threads of the numeric libraries in each process; by default, the libraries choose."""
    rows_in_memory: PositiveInt = 10_000_000
    """Interactions that an ingest counts in memory at a time, at about 100 bytes each; more are counted in parts."""
    tracking_uri: str = Field(default_factory=_default_tracking_uri)
    """Database or server of MLflow; by default an SQLite database under the data root."""
    mirror: str | None = None
    """Server to download public dumps from instead of their own servers; it has the files under the same paths."""

    @classmethod
    def variables_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of the settings, under the names of their variables."""
        schema = cls.model_json_schema()
        variables = {_variable(name): field for name, field in schema["properties"].items()}
        return schema | {"format": "environment", "properties": variables}

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
                got=repr(first["input"]),
                expected=first["msg"],
                remedy=f"Correct {variable}, or unset it to use the default.",
            ) from error

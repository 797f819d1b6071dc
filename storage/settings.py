"""How and where the program runs: paths, device, workers.

Read from the environment, and never part of an experiment.
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


def _default_tracking_uri(values: dict[str, Any]) -> str:
    return f"sqlite:///{values['data_root']}/mlflow/mlflow.db"


class Settings(BaseSettings):
    """What `SEQREC_*` variables of the environment say, or the defaults.

    Raises:
        ConfigError: A variable has a value that can't be used, or is none of those below.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    data_root: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = Field(
        Path("var"), validate_default=True
    )
    """Folder of everything that is kept; a relative one starts from the working directory."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where networks are trained; `auto` takes the GPU if there is one."""
    runner: Literal["threads", "processes"] = "threads"
    """What runs the tasks of a flow: threads of one process; or a process for each, so that models which train side by
    side on a CPU do not take turns."""
    training_slots: PositiveInt = 1
    """Models that may be trained at the same time."""
    processes_per_model: PositiveInt = 1
    """Processes of this machine that train one network together, each on a GPU of its own; pays for large networks
    only, and on GPUs needs `training_slots` of 1."""
    checkpoint_every_s: NonNegativeFloat = 5.0
    """Epochs can be quicker than the disk: an interrupted training loses at most this much work and one epoch."""
    n_threads: PositiveInt | None = None
    """Threads of the numeric libraries in each process; they choose themselves if left out."""
    rows_in_memory: PositiveInt = 10_000_000
    """Interactions that an ingest counts at a time, at about 100 bytes each; larger dumps are counted in parts."""
    tracking_uri: str = Field(default_factory=_default_tracking_uri)
    """Where MLflow keeps its records: a database or a server; SQLite under the data root if left out."""
    mirror: str | None = None
    """Server that public dumps are fetched from instead of their own; it holds the files under the same paths."""

    @property
    def store_dir(self) -> Path:
        """Artifacts, by content."""
        return self.data_root / "store"

    @property
    def work_dir(self) -> Path:
        """Checkpoints of work that is not finished."""
        return self.data_root / "work"

    @property
    def vectors_dir(self) -> Path:
        """Vectors of item texts, by encoder and text."""
        return self.data_root / "vectors"

    @property
    def catalogue_path(self) -> Path:
        """DuckDB's view of what the store holds."""
        return self.data_root / "catalogue.duckdb"

    @property
    def mlflow_dir(self) -> Path:
        """MLflow's artifacts, and its database unless `tracking_uri` says otherwise."""
        return self.data_root / "mlflow"

    @property
    def prefect_dir(self) -> Path:
        """Prefect's home."""
        return self.data_root / "prefect"

    @property
    def reports_dir(self) -> Path:
        """Reports, for people."""
        return self.data_root / "reports"

    def check_writable(self) -> None:
        """Writes to the data root, and takes it away again.

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
        known = [PREFIX + name.upper() for name in cls.model_fields]
        for variable in sorted(os.environ):
            if variable.startswith(PREFIX) and variable not in known:
                close = get_close_matches(variable, known, n=1)
                raise ConfigError(
                    variable,
                    got="a variable of the environment that means nothing",
                    expected=", ".join(known),
                    remedy=f"Did you mean {close[0]}?" if close else f"Unset {variable}.",
                )
        try:
            return handler(values)
        except ValidationError as error:
            first = error.errors()[0]
            variable = PREFIX + str(first["loc"][0]).upper()
            raise ConfigError(
                variable, got=repr(first["input"]), expected=first["msg"], remedy=f"Set or unset {variable}."
            ) from error

"""Parameters of flows that a person fills in: a Prefect server checks them before it starts a run."""

from typing import Annotated

from pydantic import WithJsonSchema

from flows.experiments import shipped_experiments
from seqrec.config import name_of
from seqrec.datasets import DATASETS

_EXPERIMENTS = [*shipped_experiments(), r".*\.toml"]

ExperimentName = Annotated[str, WithJsonSchema({"type": "string", "pattern": rf"^({'|'.join(_EXPERIMENTS)})$"})]
"""An experiment's file, or the name of a shipped one: a Prefect server refuses to start a run with anything else."""

DatasetName = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": rf"^({'|'.join([*map(name_of, DATASETS), *_EXPERIMENTS])})$"})
]
"""The name of a reader, or an experiment, whose dataset is then meant."""

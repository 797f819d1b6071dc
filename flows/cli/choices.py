"""What an experiment can be made of, as one file, so that lists and descriptions need not import all models.

`make reference` writes the file from the classes, together with the pages of `docs/reference`.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

FILE = "choices.json"


@dataclass(frozen=True, slots=True)
class Choices:
    """The keys of an experiment, and the names that they choose among."""

    schema: Mapping[str, Any]
    """The JSON Schema of an experiment and, under `settings`, of all environment variables."""
    names: Mapping[str, Mapping[str, str]]
    """One line about each dataset, model, encoder and metric, by kind and name."""

    def to_text(self) -> str:
        """Return the content of the file."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def read_choices() -> Choices:
    """Return the choices as they were when the file was written."""
    return Choices(**json.loads(files("flows.cli").joinpath(FILE).read_text(encoding="utf-8")))


def choices_of_classes() -> Choices:
    """Return the choices as the classes define them."""
    from seqrec.config import Config, name_of
    from seqrec.datasets import DATASETS
    from seqrec.evaluation.metrics import METRICS
    from seqrec.experiment import Experiment
    from seqrec.models import MODELS
    from seqrec.text.encoders import ENCODERS
    from storage.settings import Settings

    def of_configs(configs: tuple[type[Config], ...]) -> dict[str, str]:
        return {name_of(config): _first_line(sys.modules[config.__module__].__doc__) for config in configs}

    experiment = Experiment.model_json_schema()
    return Choices(
        schema=experiment | {"properties": experiment["properties"] | {"settings": Settings.variables_schema()}},
        names={
            "datasets": of_configs(DATASETS),
            "models": of_configs(MODELS),
            "encoders": of_configs(ENCODERS),
            "metrics": {name: _first_line(metric.__doc__) for name, metric in METRICS.items()},
        },
    )


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]

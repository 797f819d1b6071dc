"""Lists of the available choices, one line each."""

import sys
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from flows.cli.display import console
from flows.experiments import shipped_experiments
from seqrec.config import Config, name_of
from seqrec.datasets import DATASETS
from seqrec.evaluation.metrics import METRICS
from seqrec.models import MODELS
from seqrec.text.encoders import ENCODERS


class Kind(StrEnum):
    """A kind of things to list."""

    DATASETS = "datasets"
    MODELS = "models"
    ENCODERS = "encoders"
    METRICS = "metrics"
    EXPERIMENTS = "experiments"


def list_(kind: Annotated[Kind | None, typer.Argument(help="What to list; by default everything.")] = None) -> None:
    """List datasets, models, encoders, metrics and experiments.

    Each of them has one line.
    """
    out = console()
    for chosen in [kind] if kind else list(Kind):
        if kind is None:
            out.print(f"[bold]{chosen}[/]")
        listed = sorted(_LISTINGS[chosen]().items())
        width = max(len(name) for name, _ in listed)
        for name, line in listed:
            out.print(f"  {name:{width}}  {escape(line)}", highlight=False)


def _of_configs(configs: tuple[type[Config], ...]) -> Mapping[str, str]:
    return {name_of(config): _first_line(sys.modules[config.__module__].__doc__) for config in configs}


def _of_metrics() -> Mapping[str, str]:
    return {name: _first_line(metric.__doc__) for name, metric in METRICS.items()}


def _of_experiments() -> Mapping[str, str]:
    return {
        name: tomllib.loads(path.read_text(encoding="utf-8"))["title"] for name, path in shipped_experiments().items()
    }


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]


_LISTINGS: Mapping[Kind, Callable[[], Mapping[str, str]]] = {
    Kind.DATASETS: lambda: _of_configs(DATASETS),
    Kind.MODELS: lambda: _of_configs(MODELS),
    Kind.ENCODERS: lambda: _of_configs(ENCODERS),
    Kind.METRICS: _of_metrics,
    Kind.EXPERIMENTS: _of_experiments,
}

"""Lists of the available choices, one line each."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from flows.cli.choices import read_choices
from flows.cli.display import console, show
from flows.experiments import shipped_experiments


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
    lines = {**read_choices().names, Kind.EXPERIMENTS: _experiments()}
    for chosen in [kind] if kind else list(Kind):
        if kind is None:
            out.print(f"[bold]{chosen}[/]")
        listed = sorted(lines[chosen].items())
        width = max(len(name) for name, _ in listed)
        for name, line in listed:
            show(out, f"  {name:{width}} ", line)


def _experiments() -> Mapping[str, str]:
    return {
        name: tomllib.loads(path.read_text(encoding="utf-8"))["title"] for name, path in shipped_experiments().items()
    }

"""Run one experiment."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from flows.cli.arguments import Data, Experiment, Overrides
from flows.cli.display import Display, console, show


def run(
    experiment: Experiment,
    data: Data = Path(),
    set_: Overrides = None,
    models: Annotated[
        str | None, typer.Option(help="Run only the models with these labels, separated by commas, and the floors.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Train with this many seeds: 0, 1, ...")] = None,
    warm_start: Annotated[
        bool, typer.Option(help="Let networks begin with the weights that the last run on other data trained.")
    ] = False,
) -> None:
    """Run an experiment, from the dump to the report. The exit code is 1 if a model failed."""
    out = console()
    show(out, "start ", experiment)
    from flows.cli.starting import starting
    from flows.cli.table import show_leaderboard
    from flows.experiments import find_experiment
    from seqrec.experiment_file import load_experiment
    from seqrec.training.device import resolve_device
    from storage.files import read_comparison
    from storage.settings import Settings

    settings = Settings()
    path = find_experiment(experiment)
    resolve_device(settings.device)
    loaded = load_experiment(path, set_ or (), models.split(",") if models else None, seeds)
    settings.check_writable()
    out.print(f"[bold]{escape(loaded.title)}[/]")
    reference = load_experiment(path, set_ or ()).comparison.reference if models else loaded.comparison.reference
    if reference != loaded.comparison.reference:
        show(
            out,
            "[yellow]note[/]  ",
            f"the reference {reference} is not among --models, so models are compared with the best floor instead",
        )
    with Display(out):
        with starting(settings):
            from flows.benchmark import IncompleteError, benchmark
        try:
            outcome = benchmark(loaded, data.absolute(), shlex.join(["seqrec", *sys.argv[1:]]), warm_start=warm_start)
        except IncompleteError as incomplete:
            outcome = incomplete.outcome
    out.print()
    show_leaderboard(out, read_comparison(Path(outcome.comparison.uri)).table)
    show(out, "report  ", outcome.report.uri)
    if models:
        earlier = f"`{sys.argv[0]} history {loaded.name}` lists earlier runs, whose tables and reports are kept"
        show(out, "history ", f"this is the last run of {loaded.name} now; {earlier}")
    show(out, "pages   ", f"`{sys.argv[0]} pages` serves Prefect (timelines, artifacts) and MLflow (models compared)")
    for failure in outcome.failures:
        show(out, "[bold red]failed[/]  ", f"{failure.label} seed {failure.seed}: {failure.reason}")
    raise typer.Exit(1 if outcome.failures else 0)

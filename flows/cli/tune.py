"""Search for the settings of models."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from flows.cli.arguments import Data, Experiment, Overrides
from flows.cli.display import Display, console, show


def tune(
    experiment: Experiment,
    data: Data = Path(),
    set_: Overrides = None,
    models: Annotated[
        str | None, typer.Option(help="Labels of the models, separated by commas; by default, all that can be tuned.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials of each model, earlier ones included.")] = 40,
    hours: Annotated[
        float | None, typer.Option(min=1 / 60, help="Time after which no trial begins; a minute at least.")
    ] = None,
) -> None:
    """Search for the settings of models on folds of the training sessions, and write the best as an experiment.

    A search that ended, or was killed, goes on where it was. The command may run several times at once.
    """
    out = console()
    show(out, "start ", experiment)
    from flows.cli.starting import starting
    from flows.experiments import find_experiment
    from seqrec.experiment_file import load_experiment
    from seqrec.training.device import resolve_device
    from storage.settings import Settings

    settings = Settings()
    resolve_device(settings.device)
    path = find_experiment(experiment)
    title = load_experiment(path, set_ or ()).title
    settings.check_writable()
    out.print(f"[bold]{escape(title)}[/]")
    with Display(out):
        with starting(settings):
            from flows.tune import tune as tune_flow
        labels = models.split(",") if models else None
        result = tune_flow(str(path), data.absolute(), labels, trials, hours, set_)
    out.print()
    for one in result.found:
        best = one.best
        told = "no trial was scored on all folds"
        if best is not None:
            told = f"ndcg@{one.k} {best.value:.4f} in trial {best.number + 1}; {len(one.ended)} trials ended"
        show(out, one.label.ljust(8), told)
    show(out, "page    ", str(result.page))
    show(out, "settings", f"{result.file}; `seqrec run {result.file}` compares them on the test")

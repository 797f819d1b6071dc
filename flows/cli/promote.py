"""Decide which model answers."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from flows.cli.display import Display, console

if TYPE_CHECKING:
    from storage.promotions import Promotion

Name = Annotated[str, typer.Argument(help="Experiment file, or the name of an experiment that was run.")]


def promote(
    experiment: Name,
    model: Annotated[
        str | None, typer.Option(help="Label of the challenger; by default the best of the table.")
    ] = None,
    minimum_effect: Annotated[
        float, typer.Option(min=0.0, help="Smallest gain of the ranking metric that is worth a change.")
    ] = 0.0,
    force: Annotated[
        str | None, typer.Option(metavar="REASON", help="Promote in any case, for a reason that is recorded.")
    ] = None,
) -> None:
    """Judge the best model of the last run against the champion.

    The better one is trained once more on all events and answers from then on: `seqrec recommend`, `seqrec score`.
    """
    from flows.cli.starting import starting
    from flows.reasons import stated
    from seqrec.serving.verdict import Rulebook
    from storage.settings import Settings

    settings = Settings()
    settings.check_exists()
    settings.check_writable()
    force = None if force is None else stated(force)
    out = console()
    with Display(out):
        with starting(settings):
            from flows.promote import promote as promote_flow
        promotion = promote_flow(experiment, model, Rulebook(minimum_effect=minimum_effect), force)
    _show(promotion)


def rollback(
    experiment: Name,
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
) -> None:
    """Let the champion before the current one answer again."""
    from flows.rollback import rollback as roll_back
    from storage.settings import Settings

    settings = Settings()
    settings.check_exists()
    _show(roll_back(settings, experiment, reason))


def promotions(experiment: Name) -> None:
    """List what was decided about an experiment's champion, the last decision first."""
    from rich.table import Table

    from flows.experiments import name_of_experiment
    from storage.history import History
    from storage.promotions import Promotions
    from storage.settings import Settings

    settings, name = Settings(), name_of_experiment(experiment)
    settings.check_exists()
    events = Promotions(settings.promotions_dir, name).all()
    if not events:
        # An experiment that was never run is an error.
        History(settings.reports_dir, name).last()
        console().print(f"Nothing was decided about {escape(name)} yet; `seqrec promote` does.", highlight=False)
        return
    view = Table("at", "decision", "model", "version", "replaced", "reasons")
    for event in events:
        at = event.at[:19].replace("T", " ")
        cells = (at, event.decision, event.model, event.version or "", event.replaced or "")
        view.add_row(*cells, escape("; ".join(event.reasons)))
    console().print(view)


def _show(promotion: "Promotion") -> None:
    out = console()
    out.print(f"[bold]{promotion.decision}[/] {escape(promotion.model)}")
    for reason in promotion.reasons:
        out.print(f"  {escape(reason)}")
    if promotion.version is not None:
        out.print(f"version  {promotion.version} answers from now on")

"""The flow that decides which model answers, and makes it ready to."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run

from flows.champion import twin_package
from flows.experiments import name_of_experiment
from flows.parameters import ExperimentName
from flows.probe import probe_remote_store
from flows.production import evaluated_twin, everything, fit_for_production
from flows.reasons import stated
from flows.runner import RunnerOfSettings
from seqrec.errors import ConfigError, StorageError
from seqrec.serving.verdict import Rulebook, Ruling
from storage.finished import Finished, open_finished
from storage.history import History
from storage.locks import held
from storage.promotions import Promotion, Promotions
from storage.records import now
from storage.registry import CHAMPION, Version
from storage.settings import Settings
from tasks.cancellation import cancel_if_stopped, stoppable
from tasks.cleanup import marked_alive
from tasks.judge import judge, read_ruling
from tasks.progress import announce
from tasks.publish import publish_verdict
from tasks.register import CONFIG, LABEL, LEARNT_FROM, register
from tasks.resources import Resources, open_resources
from tasks.tagging import tag
from tasks.tracking import prepare_tracking


def _name_of_run() -> str:
    return f"promote {name_of_experiment(flow_run.parameters['experiment'])} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(
    name="promote",
    flow_run_name=_name_of_run,
    task_runner=RunnerOfSettings(),  # type: ignore[arg-type]
    on_crashed=[cancel_if_stopped],
)
def promote(
    experiment: ExperimentName, model: str | None = None, rules: Rulebook | None = None, force: str | None = None
) -> Promotion:
    """Judge the best model of the last run against the champion, and let the better one answer.

    The champion's configuration is judged as today's run trained it; if the run has it no longer, the champion's
    evaluated twin answers today's cases. A champion that stays, but has not seen today's data, is fitted again.

    Args:
        experiment: File or name of an experiment that was run.
        model: Label of the challenger; by default, the best of the table.
        rules: When a challenger is promoted.
        force: Promote in any case, for this reason.

    Raises:
        ConfigError: The run has no such model, or the reason is empty.
        StorageError: The experiment was never run, or something is damaged.
    """
    force = None if force is None else stated(force)
    run_id, resources = UUID(flow_run.id), open_resources()
    name = name_of_experiment(experiment)
    # Two promotions at once would both replace the same champion.
    turn = held(
        resources.settings.work_dir / "promotions" / name, lambda who: announce("promote", "waiting", f"for {who}")
    )
    with stoppable(run_id), marked_alive(Settings(), run_id), turn:
        probe_remote_store(Settings())
        tag(run_id, name)
        finished = open_finished(resources.store, History(resources.settings.reports_dir, name).last())
        _check(finished, model)
        prepare_tracking(resources, finished.experiment)
        champion = resources.registry.find(name, CHAMPION)
        reigning = None if champion is None else _label_in(finished, champion)
        challenger = model or finished.table.rows[0].label
        ruling = _judge(
            resources,
            finished,
            challenger,
            champion,
            reigning,
            rules or Rulebook(),
            chosen=model is None,
            forced=force is not None,
        )
        history = Promotions(resources.settings.promotions_dir, name)
        promotion = _act(finished, ruling, champion, reigning, force, put_back(history))
        history.add(promotion)
        publish_verdict(name, promotion, None if champion is None else champion.version)
        return promotion


def _judge(
    resources: Resources,
    finished: Finished,
    challenger: str,
    champion: Version | None,
    reigning: str | None,
    rules: Rulebook,
    *,
    chosen: bool,
    forced: bool,
) -> Ruling:
    n_candidates = len(finished.table.rows) - 1 if chosen else 1
    if champion is None or reigning is not None:
        return read_ruling(Path(judge(finished, challenger, reigning, rules, n_candidates).uri))
    with TemporaryDirectory() as folder:
        try:
            twin = twin_package(resources.registry, champion, Path(folder))
        except StorageError as error:
            if not forced:
                raise
            # A person who wants to be rid of a damaged champion need not wait for it to answer.
            unjudged = (f"The champion could not be judged: {error.subject}: {error.got}.",)
            return read_ruling(Path(judge(finished, challenger, None, rules, n_candidates, unjudged).uri))
        return read_ruling(Path(judge(finished, challenger, twin, rules, n_candidates).uri))


def _act(
    finished: Finished,
    ruling: Ruling,
    champion: Version | None,
    reigning: str | None,
    force: str | None,
    rollback: Promotion | None,
) -> Promotion:
    promotion = Promotion(
        at=now(),
        decision=ruling.decision,
        reasons=ruling.reasons,
        challenger=ruling.challenger,
        version=None,
        replaced=None,
        comparison=finished.record.comparison,
        champion=None if champion is None else champion.tags.get(LABEL),
    )
    if rollback is not None and force is None:
        kept = (
            f"Version {rollback.version} was put back on {rollback.at[:10]} ({'; '.join(rollback.reasons)}), and stays "
        )
        kept += "until somebody promotes another one by force."
        return replace(promotion, decision="HOLD", reasons=(kept, *ruling.reasons))
    whole = everything(finished)
    if force is not None:
        promotion = replace(promotion, decision="FORCE", reasons=(force, *ruling.reasons))
        winner = ruling.challenger
    elif ruling.decision == "PROMOTE":
        winner = ruling.challenger
    elif ruling.decision == "REJECT" and ruling.challenger == reigning:
        # Its lists broke a guardrail on today's cases, so it must not learn from today's data and go on unnoticed.
        return promotion
    elif champion is not None and reigning is not None and champion.tags.get(LEARNT_FROM) != whole.key:
        newer = "The champion is fitted again, because there are newer data."
        promotion = replace(promotion, decision="REFRESH", reasons=(newer, *ruling.reasons))
        winner = reigning
    else:
        return promotion
    production = fit_for_production(finished, winner, whole)
    before = None if champion is None else champion.version
    promotion = replace(promotion, champion=winner)
    version = register(finished, promotion, production, evaluated_twin(finished, winner), before)
    return replace(promotion, version=version.version, replaced=before)


def put_back(history: Promotions) -> Promotion | None:
    """Return the rollback that decided which version answers, or None if something else did."""
    last = next((event for event in history.all() if event.version is not None), None)
    return last if last is not None and last.decision == "ROLLBACK" else None


def _label_in(finished: Finished, champion: Version) -> str | None:
    """Return the label under which the run has the champion's configuration, or None if it has it no longer."""
    models = finished.experiment.models
    digest, label = champion.tags.get(CONFIG), champion.tags.get(LABEL, "")
    same = [known for known, model in models.items() if model.digest == digest and finished.of(known)]
    return label if label in same else next(iter(same), None)


def _check(finished: Finished, model: str | None) -> None:
    labels = [row.label for row in finished.table.rows]
    if model is not None and model not in labels:
        raise ConfigError(
            f"model '{model}'",
            got=f"no such model in the last run of {finished.experiment.name}",
            expected=f"one of {', '.join(labels)}",
            remedy="Name one of these, or leave it out for the best of the table.",
        )

"""The flow of a night: from the new dump to the lists for all users."""

from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Annotated
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from pydantic import Field

from flows.benchmark import IncompleteError, benchmark
from flows.experiments import find_experiment, name_of_experiment
from flows.parameters import ExperimentName
from flows.probe import probe_remote_store
from flows.production import dump_of, last_finished
from flows.promote import promote
from flows.score import score
from seqrec.config import Share
from seqrec.experiment_file import load_experiment
from seqrec.ingest.drift import Limits
from seqrec.serving.verdict import Rulebook
from storage.promotions import Promotion
from storage.registry import CHAMPION
from storage.settings import Settings
from tasks.cancellation import cancel_if_stopped, stoppable
from tasks.cleanup import marked_alive
from tasks.drift import drift
from tasks.ingest import ingest
from tasks.night import record_night
from tasks.outcome import outcome
from tasks.progress import announce
from tasks.resources import open_resources
from tasks.tagging import tag


def _name_of_run() -> str:
    return f"night {name_of_experiment(flow_run.parameters['experiment'])} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(name="nightly", flow_run_name=_name_of_run, on_crashed=[cancel_if_stopped])
def nightly(
    experiment: ExperimentName,
    data: Path = Path(),
    k: Annotated[int, Field(ge=1)] = 20,
    minimum_effect: Annotated[float, Field(ge=0.0)] = 0.0,
    seeds: Annotated[int, Field(ge=1)] | None = None,
    least_hit_rate: Share | None = None,
    warm_start: bool = False,  # noqa: FBT001, FBT002 - a switch on Prefect's form
) -> Promotion:
    """Compare the models on today's dump, judge the best one against the champion, and score all users.

    First, today's dump is compared with the last one, and the lists of the last night with what people took since. At
    the end, the night is recorded, and the page of all nights is drawn.

    A champion that stays is no failure. If some models failed, the others are compared, judged and scored, and the run
    fails at its end.

    Args:
        experiment: File of an experiment, or the name of a shipped one.
        data: Folder of the dump; a generated data set needs none.
        k: Length of a list.
        minimum_effect: Smallest gain of the ranking metric that is worth a change of the champion.
        seeds: Train each model with this many seeds; by default, with those of the experiment.
        least_hit_rate: A realised hit rate of the last lists below this, beyond chance, is an event; by default, below
            that of the most popular items.
        warm_start: Let networks begin with the weights of the last night.

    Raises:
        SeqrecError: A step failed; those after it were not begun.
        IncompleteError: Some models failed; everything else is done.
    """
    run_id, failed = UUID(flow_run.id), None
    with stoppable(run_id), marked_alive(Settings(), run_id):
        probe_remote_store(Settings())
        loaded = load_experiment(find_experiment(experiment), n_seeds=seeds)
        tag(run_id, loaded.name)
        before = last_finished(open_resources(), loaded.name)
        dump = ingest(loaded.dataset, data)
        changed = None if before is None else drift(loaded.name, dump_of(before), dump, Limits())
        # Before new lists replace those of the last night.
        realised = outcome(loaded, dump, least_hit_rate)
        try:
            command = f"seqrec run {quote(str(experiment))} --data {quote(str(data))}{_options(seeds, warm_start)}"
            benchmark(loaded, data, command, warm_start=warm_start)
        except IncompleteError as incomplete:
            failed = incomplete
        promotion = promote(loaded.name, rules=Rulebook(minimum_effect=minimum_effect))
        champion, finished = (
            open_resources().registry.find(loaded.name, CHAMPION),
            last_finished(open_resources(), loaded.name),
        )
        if champion is None:
            announce("score", "note", "nobody is scored, because there is no champion yet")
        else:
            score(loaded.name, k)
        assert finished is not None
        record_night(finished, promotion, champion, changed, realised)
    if failed is not None:
        raise failed
    return promotion


def _options(seeds: int | None, warm_start: bool) -> str:  # noqa: FBT001 - the parameters of the night
    """Return the options of a run with the same parameters."""
    return ("" if seeds is None else f" --seeds {seeds}") + " --warm-start" * warm_start

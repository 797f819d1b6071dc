"""What networks begin with when a run continues the last one on grown data, such as that of the night before."""

from collections.abc import Mapping
from dataclasses import dataclass

from seqrec.errors import StorageError
from seqrec.evaluation.results import Origin
from seqrec.experiment import Experiment
from seqrec.models.neural import NeuralConfig
from storage.files import TRAINING
from storage.finished import Finished, open_finished
from storage.history import History
from storage.references import training_key
from storage.refs import DumpRef, ModelRef, SplitRef, TrainingRef
from tasks.continue_split import STEP, continue_split
from tasks.progress import announce
from tasks.resources import open_resources


@dataclass(frozen=True, slots=True)
class WarmStart:
    """Earlier weights, and the data of a run that begins with them."""

    split: SplitRef
    """Its test is that of all models of the run, its validation that of those that begin with earlier weights."""
    origins: Mapping[tuple[str, int], Origin]
    """The earlier models by label and seed."""


def warm_start_of(experiment: Experiment, dump: DumpRef, split: SplitRef) -> WarmStart | None:
    """Return what networks begin with: the models of the last run on other data, which were compared, not promoted.

    A promoted model has learnt from everything, also from what today's test asks. A network begins from nothing if the
    earlier run has none with the same settings and seed, or if what it made is damaged or gone.

    Args:
        experiment: The experiment.
        dump: Today's dump.
        split: Today's split.
    """
    try:
        return _found(experiment, dump, split)
    except StorageError as error:
        announce(STEP, "note", f"networks begin from nothing, because of the earlier run: {error.subject}: {error.got}")
        return None


def _found(experiment: Experiment, dump: DumpRef, split: SplitRef) -> WarmStart | None:
    """Return the same.

    Raises:
        StorageError: Something that the earlier run made is damaged or gone.
    """
    earlier = _earlier(experiment, dump)
    if earlier is None:
        announce(STEP, "note", "networks begin from nothing, because there is no run on earlier data")
        return None
    models = {(one.label, one.seed): one for one in earlier.trained if _is_same(experiment, earlier, one.label)}
    if not models:
        announce(STEP, "note", "networks begin from nothing, because no network of the last run has today's settings")
        return None
    for one in models.values():
        earlier.store.use(ModelRef.kind, one.model)
    fits = {place: earlier.fit(one) for place, one in models.items()}
    seen = {fit.origin.seen for fit in fits.values() if fit.origin is not None}
    folder = earlier.split.path / TRAINING
    before = TrainingRef(key=training_key(earlier.split.files), uri=str(folder), rows=0, n_items=0)
    continued = continue_split(dump, split, before, seen)
    if continued is None:
        return None
    return WarmStart(continued, {place: Origin(one.model, continued.key) for place, one in models.items()})


def _earlier(experiment: Experiment, dump: DumpRef) -> Finished | None:
    """Return the last run on another dump, so that a run that is repeated begins with the same weights."""
    resources = open_resources()
    history = History(resources.settings.reports_dir, experiment.name)
    for record in history.records().values():
        finished = open_finished(resources.store, record)
        if finished.split.inputs["dump"] != dump.key:
            return finished
    return None


def _is_same(experiment: Experiment, earlier: Finished, label: str) -> bool:
    """Return whether a label names the same network as in the earlier run."""
    today, before = experiment.models.get(label), earlier.experiment.models.get(label)
    return isinstance(today, NeuralConfig) and before is not None and today.identity == before.identity

"""The production fit of one configuration, and the packages of it and of its twin that was compared."""

from pathlib import Path

from flows.ingredients import ingredients_of
from seqrec.evaluation.results import Origin
from seqrec.serving.production import best_seed, production_experiment
from storage.finished import Finished, Trained, open_finished
from storage.history import History
from storage.packages import card_of
from storage.refs import DumpRef, ModelRef, PackageRef, TrainingRef
from tasks.package import package
from tasks.prepare import prepare_whole
from tasks.resources import Resources
from tasks.train import train


def chosen_seed(finished: Finished, label: str) -> Trained:
    """Return the training of a model that validation prefers."""
    fits = {one.seed: (finished.fit(one), one) for one in finished.of(label)}
    best = best_seed([fit for fit, _ in fits.values()])
    return fits[best.seed][1]


def last_finished(resources: Resources, experiment: str) -> Finished | None:
    """Return the last finished run of an experiment, or None if there is none."""
    history = History(resources.settings.reports_dir, experiment)
    return open_finished(resources.store, history.last()) if history.page.exists() else None


def dump_of(finished: Finished) -> DumpRef:
    """Return the dump that a finished run read."""
    artifact = finished.dump
    return DumpRef(key=artifact.key, uri=str(artifact.path), rows=artifact.facts["interactions"])


def everything(finished: Finished) -> TrainingRef:
    """Return all histories of a finished run as training data."""
    return prepare_whole(dump_of(finished), finished.protocol)


def fit_for_production(finished: Finished, label: str, whole: TrainingRef) -> PackageRef:
    """Train a configuration and its bases on everything, with the seed and for the epochs that validation chose."""
    experiment, chosen = finished.experiment, chosen_seed(finished, label)
    seeds = {name: experiment.base_seed(name, chosen.seed) for name in experiment.with_bases((label,))}
    epochs: dict[str, int] = {}
    origins: dict[str, Origin] = {}
    for one in finished.trained:
        if seeds.get(one.label) == one.seed:
            fit = finished.fit(one)
            epochs |= {} if fit.best_epoch is None else {one.label: fit.best_epoch}
            origins |= {} if fit.origin is None else {one.label: fit.origin}
    fitted_as = production_experiment(experiment, label, epochs)
    dump, data = dump_of(finished), Path(finished.record.data)
    ingredients = ingredients_of(fitted_as, dump, whole, data)
    models: dict[str, ModelRef] = {}
    for name in fitted_as.in_order:
        bases = {role: models[base] for role, base in fitted_as.models[name].needs.models.items()}
        model, given, origin = fitted_as.models[name], ingredients[name], origins.get(name)
        models[name] = train(name, model, seeds[name], whole, given, bases, None, origin)
    card = card_of(
        finished.protocol,
        experiment=experiment.name,
        label=label,
        seed=chosen.seed,
        model=models[label].key,
        learnt_from=whole.key,
    )
    return package("production model", card, whole, dump)


def evaluated_twin(finished: Finished, label: str) -> PackageRef:
    """Package the model that was compared, with the seed that validation prefers."""
    chosen = chosen_seed(finished, label)
    folder = finished.split.path / "training"
    training = TrainingRef(key=finished.split.key, uri=str(folder), rows=0, n_items=0)
    card = card_of(
        finished.protocol,
        experiment=finished.experiment.name,
        label=label,
        seed=chosen.seed,
        model=chosen.model,
        learnt_from=finished.split.key,
    )
    return package("evaluated twin", card, training, dump_of(finished))

"""The production fit: a compared configuration, trained once more on all events, for the epochs that validation chose.

Which seed of a configuration goes into production is decided by validation as well, never by the test.
"""

from collections.abc import Mapping, Sequence

from seqrec.evaluation.results import Fit
from seqrec.experiment import Experiment
from seqrec.models import AnyModel
from seqrec.models.neural import NeuralConfig


def best_seed(fits: Sequence[Fit]) -> Fit:
    """Returns the training with the best validation; the first of equals, and of models without validation."""
    return max(fits, key=_best_valid)


def production_experiment(experiment: Experiment, label: str, epochs: Mapping[str, int]) -> Experiment:
    """Returns the experiment with one model and its bases, which train on everything for fixed numbers of epochs.

    Args:
        experiment: The experiment in which the model was compared.
        label: Label of the model.
        epochs: The numbers of epochs that validation chose, by label; models without epochs are left out.
    """
    kept = experiment.with_bases((label,))
    models = {name: _for_epochs(model, epochs.get(name)) for name, model in experiment.models.items() if name in kept}
    return experiment.model_copy(update={"models": models})


def _for_epochs(model: AnyModel, n_epochs: int | None) -> AnyModel:
    if not isinstance(model, NeuralConfig) or n_epochs is None:
        return model
    training = model.training.model_copy(update={"max_epochs": n_epochs, "keep": "last"})
    return model.model_copy(update={"training": training})


def _best_valid(fit: Fit) -> float:
    """Returns the validation at the epoch whose weights were kept, by the first metric; -1 without validation."""
    for report in fit.epochs:
        if report.phase == "fit" and report.epoch == fit.best_epoch and report.valid:
            return next(iter(report.valid.values()))
    return -1.0

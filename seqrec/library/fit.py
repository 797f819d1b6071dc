"""Training a model in memory."""

from collections.abc import Callable, Mapping, Sequence

from seqrec.config.validation import choose
from seqrec.errors import ConfigError
from seqrec.library.arguments import expect
from seqrec.library.ingredients import Encoder, Text, gather
from seqrec.library.model import Model
from seqrec.library.split import PreparedSplit
from seqrec.models import MODELS
from seqrec.models.base import ModelConfig
from seqrec.preparation.protocol import Sampled
from seqrec.training.device import resolve_device
from seqrec.types import EpochReport, Run, Training, Vectors


def fit(
    model: str | Mapping[str, object] | ModelConfig,
    split: PreparedSplit,
    *,
    seed: int = 0,
    device: str = "auto",
    encoders: Mapping[str, Encoder | Vectors] | None = None,
    text: Text | None = None,
    bases: Mapping[str, Model] | None = None,
    progress: Callable[[EpochReport], None] | None = None,
    **settings: object,
) -> Model:
    """Trains a model on the training part of a split. It never sees the test.

    Args:
        model: A model by its name, a mapping of its settings, or its configuration; see `seqrec list`.
        split: What `prepare` returned.
        seed: Seed of everything that the training draws.
        device: `cpu`, `cuda`, or `auto` for a GPU where there is one.
        encoders: Text encoders, or vectors from `embed`, by the label that the model's configuration names. An encoder
            that is left out is taken by its name.
        text: The template of item texts; titles if left out.
        bases: Fitted models by the label that the model's configuration names.
        progress: Is called after each epoch.
        settings: Settings of the model, such as `dim=32`.

    Raises:
        ConfigError: A setting is wrong, or something that the model needs is missing.
        TrainingError: The loss is no longer finite, or the device has too little memory.
    """
    expect(split, PreparedSplit, "fit: split", "what `seqrec.prepare` returned")
    config = choose(MODELS, model, "model", settings)
    if not config.ranks_catalogue and not isinstance(split.protocol.candidates, Sampled):
        raise ConfigError(
            f"model {config.name}",
            got=f"protocol.candidates.name '{split.protocol.candidates.name}'",
            expected="'sampled', because this model only judges candidates that are shown to it",
            remedy="Prepare the data with sampled candidates.",
        )
    bases, encoders = {} if bases is None else bases, {} if encoders is None else encoders
    expect(bases, Mapping, "fit: bases", "a mapping from labels to fitted models")
    expect(encoders, Mapping, "fit: encoders", "a mapping from labels to encoders or vectors")
    given = gather(f"model {config.name}", config.needs, split, encoders, text, bases)
    training = split.split.training
    recommender = config.build(training.n_items)
    reports = []
    for report in recommender.fit(training, given, Run(seed, resolve_device(device))):
        reports.append(report)
        if progress is not None:
            progress(report)
    return Model(
        recommender,
        training.vocabulary.item_ids,
        training.rules,
        training.max_history,
        split.columns,
        config,
        tuple(reports),
        learnt_from_valid=_learns_from_valid(training, reports, bases),
        training_digest=split.training_digest,
    )


def _learns_from_valid(training: Training, reports: Sequence[EpochReport], bases: Mapping[str, Model]) -> bool:
    held_out = training.train.n_events == training.fit.n_events
    return any(base.learnt_from_valid for base in bases.values()) or not (held_out or (reports and not training.refit))

"""The fit scope: which items everything that is fitted on data has seen."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from seqrec.audit.finding import Finding, percent
from seqrec.preparation.cold_items import draw_cold
from seqrec.preparation.protocol import Full, Protocol
from seqrec.text.encoders.base import EncoderConfig
from seqrec.text.source import VectorSource
from seqrec.types import Split

CHECK: Final = "fit scope"


def check(
    split: Split, protocol: Protocol, encoders: Mapping[str, EncoderConfig], sources: Mapping[str, VectorSource]
) -> Iterator[Finding]:
    """Reports what vocabulary, candidates, popularity, encoders and reducers know of items that only the test holds.

    Args:
        split: The data.
        protocol: The protocol of the split.
        encoders: The text encoders, by label.
        sources: The item vectors that each model uses, by its label.
    """
    n_unknown = int((~split.training.trained).sum())
    yield _vocabulary(split, n_unknown)
    yield _candidates(split, protocol)
    yield _counts(split, protocol)
    for name in dict.fromkeys(source.encoder for source in sources.values()):
        yield _encoder(name, encoders[name], n_unknown)
    for source in dict.fromkeys(sources.values()):
        fitted_on = source.reducer.model_dump().get("fit")
        if fitted_on is not None:
            labels = ", ".join(label for label, own in sources.items() if own == source)
            yield _reducer(f"The reducer {source.reducer.name} of {labels}", str(fitted_on), n_unknown)


def _vocabulary(split: Split, n_unknown: int) -> Finding:
    figures = {"items": split.n_items, "items_training_never_saw": n_unknown}
    if not n_unknown:
        return Finding(CHECK, "ok", f"Training saw all {split.n_items:,} items of the vocabulary.", figures)
    sentence = (
        f"The vocabulary holds {n_unknown:,} of {split.n_items:,} items that training never saw; their codes reveal "
        "nothing, and learned tables keep their initial values."
    )
    return Finding(CHECK, "by design", sentence, figures)


def _candidates(split: Split, protocol: Protocol) -> Finding:
    everything = isinstance(protocol.candidates, Full) and protocol.candidates.catalogue == "all"
    declared = split.training.trained | everything | draw_cold(split.n_items, protocol.cold_items, protocol.seed)
    n_untrained = int((split.training.rules.candidates & ~split.training.trained).sum())
    n_missing = int((declared & ~split.training.rules.candidates).sum())
    n_lost = int((~split.training.rules.candidates[split.test.targets]).sum())
    figures = {
        "candidates": int(split.training.rules.candidates.sum()),
        "untrained_candidates": n_untrained,
        "missing_candidates": n_missing,
        "lost_targets": n_lost,
    }
    remedy = "Correct the split: the candidates are what the protocol declares, whatever the test asks for."
    if n_missing:
        sentence = (
            f"{n_missing:,} of the {declared.sum():,} items that the protocol ranks are not among the candidates, and "
            f"{_share_of_targets(split)} of those that remain are test targets: the candidates were chosen otherwise."
        )
        return Finding(CHECK, "wrong", sentence, figures, remedy)
    if (split.training.rules.candidates & ~declared).any():
        sentence = f"{n_untrained:,} candidates were never seen in training, though the protocol ranks trained items."
        return Finding(CHECK, "wrong", sentence, figures, remedy)
    lost = f"; {n_lost:,} of {len(split.test):,} targets are not among them and can't be hit" if n_lost else ""
    scope = (
        "all items of the data, even those that only the test holds" if everything else "the items that training saw"
    )
    if protocol.cold_items is not None and not everything:
        scope += f" and {percent(protocol.cold_items)} of all items, which were kept out of training on purpose"
    return Finding(CHECK, "by design" if n_lost or n_untrained else "ok", f"Candidates are {scope}{lost}.", figures)


def _share_of_targets(split: Split) -> str:
    candidates = np.flatnonzero(split.training.rules.candidates)
    return percent(float(np.isin(candidates, split.test.targets).mean()) if len(candidates) else 0.0)


def _counts(split: Split, protocol: Protocol) -> Finding:
    in_training = np.bincount(split.training.train.items, minlength=split.n_items)
    beyond = int((split.popularity - in_training).sum())
    figures = {"interactions_beyond_training": beyond}
    if protocol.counts == "all":
        sentence = (
            f"Popularity, for novelty, serendipity and slices, counts {beyond:,} interactions outside training, as in "
            "the papers. No model reads it."
        )
        return Finding(CHECK, "by design", sentence, figures)
    if not np.array_equal(split.popularity, in_training):
        sentence = f"Popularity differs from the counts of training, by {beyond:,} interactions in total."
        return Finding(CHECK, "wrong", sentence, figures, "Correct the split: its counts must be those of training.")
    return Finding(CHECK, "ok", "Popularity counts training alone.", figures)


def _encoder(name: str, encoder: EncoderConfig, n_unknown: int) -> Finding:
    figures = {"items_training_never_saw": n_unknown}
    if encoder.per_text:
        sentence = f"The encoder {name} turns each text into a vector on its own; nothing is fitted here."
        return Finding(CHECK, "ok", sentence, figures)
    sentence = (
        f"The encoder {name} is fitted on the texts of all items, or reads vectors that were made elsewhere, "
        f"including {n_unknown:,} items that training never saw. It reads texts, and never who chose what."
    )
    return Finding(CHECK, "by design" if n_unknown else "ok", sentence, figures)


def _reducer(subject: str, fitted_on: str, n_unknown: int) -> Finding:
    figures = {"items_training_never_saw": n_unknown}
    if fitted_on == "train":
        return Finding(CHECK, "ok", f"{subject} is fitted on the items that training saw.", figures)
    sentence = f"{subject} is fitted on all items, including {n_unknown:,} that training never saw."
    return Finding(CHECK, "by design" if n_unknown else "ok", sentence, figures)

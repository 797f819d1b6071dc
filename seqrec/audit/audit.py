"""All checks on one prepared split."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from seqrec.audit import (
    clones,
    code_order,
    fit_scope,
    id_order,
    last_step,
    origin,
    overlap,
    power,
    recency,
    repeats,
    shown,
    ties,
    times,
    titles,
    validation,
)
from seqrec.audit.dump_events import dump_events
from seqrec.audit.finding import Audit
from seqrec.audit.floors import floor_places
from seqrec.preparation.prepare import prepare
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.ties import Ties
from seqrec.schema import ITEM
from seqrec.text.encoders.base import EncoderConfig
from seqrec.text.source import VectorSource
from seqrec.text.template import Template
from seqrec.types import Split, Vocabulary


def audit(
    interactions: pl.DataFrame | pl.LazyFrame,
    items: pl.DataFrame,
    split: Split,
    *,
    protocol: Protocol,
    template: Template,
    encoders: Mapping[str, EncoderConfig],
    sources: Mapping[str, VectorSource],
) -> Audit:
    """Runs all checks on `split`, before a model is trained on it.

    Args:
        interactions: The interactions that it was prepared from, with the columns of `schema.INTERACTIONS`.
        items: Metadata, with the columns of `schema.ITEMS`.
        split: The data that models will train and be tested on.
        protocol: The protocol that it was prepared under.
        template: The template of the item texts.
        encoders: The text encoders, by label.
        sources: The item vectors that the models need, by label and role.
    """
    events = dump_events(interactions, split.training.vocabulary)
    by_ties = _by_ties(interactions, split, protocol)
    own = floor_places(split)
    floors = {rule: own if variant is split else floor_places(variant) for rule, variant in by_ties.items()}
    texts = template.texts(items, split.training.vocabulary)
    return Audit(
        (
            *times.check(split, events, protocol.split.name),
            *ties.check(split, events, protocol.ties, floors),
            *id_order.check(split, events),
            *id_order.check_unused(by_ties["file"], events, _numbers_at_hand(items, split.training.vocabulary)),
            *code_order.check(split, events),
            *origin.check(split, events),
            *overlap.check(split, events),
            *validation.check(split, events),
            *clones.check(split, events),
            *repeats.check(split, events),
            *last_step.check(split, texts),
            *titles.check(split, texts),
            *fit_scope.check(split, protocol, encoders, sources),
            *shown.check(split, events, protocol),
            *recency.check(split, own),
            *power.check(own, len(split.test), protocol.cutoffs),
        )
    )


def _by_ties(interactions: pl.DataFrame | pl.LazyFrame, split: Split, protocol: Protocol) -> dict[Ties, Split]:
    """Returns the data under both tie rules; if no target is tied, those of the protocol serve for both."""
    rule: Ties = "file" if protocol.ties == "random" else "random"
    if not ties.tied_targets(split):
        return {protocol.ties: split, rule: split}
    return {protocol.ties: split, rule: prepare(interactions, protocol.model_copy(update={"ties": rule})).split}


def _numbers_at_hand(items: pl.DataFrame, vocabulary: Vocabulary) -> dict[str, id_order.Numbers]:
    """Returns numbers of the items that could serve as ids: rows of the table, and raw ids that are integers."""
    numbers = {}
    known = pl.DataFrame({ITEM: pl.Series(vocabulary.item_ids.tolist(), dtype=pl.String)})
    places = known.join(items.select(ITEM).with_row_index("place"), on=ITEM, how="left", maintain_order="left")["place"]
    if not places.has_nulls():
        numbers["row numbers of the item table"] = places.to_numpy().astype(np.int64)
    raw = id_order.integer_ids(vocabulary)
    if raw is not None:
        numbers["the dump's own item ids"] = raw
    return numbers

"""Prepared data under one protocol, as a notebook holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from seqrec.config.validation import validated
from seqrec.digest import digest_of_bytes
from seqrec.library.arguments import expect
from seqrec.library.data import Columns, Data
from seqrec.preparation.prepare import prepare as prepare_split
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.summary import Summary
from seqrec.types import Split


@dataclass(frozen=True, slots=True, repr=False)
class PreparedSplit:
    """What models learn from and are evaluated on, with everything that determines it."""

    protocol: Protocol
    split: Split
    summary: Summary
    """Sizes, losses and signs of leaks."""
    items: pl.DataFrame
    """Metadata, with the columns of `schema.ITEMS`."""
    columns: Columns
    """How the user's own frames call their columns."""

    def __repr__(self) -> str:
        facts = self.summary
        sizes = f"{facts.n_users:,} users, {facts.n_items:,} items, {facts.n_interactions:,} interactions"
        cases = f"{facts.n_valid_cases:,} validation and {facts.n_test_cases:,} test cases"
        return f"PreparedSplit({self.protocol.split.name}: {sizes}; {cases})"

    @property
    def training_digest(self) -> str:
        """What identifies the training data: the items, and the sequences that every model learns from."""
        fit, vocabulary = self.split.training.fit, self.split.training.vocabulary
        ids = "\n".join(vocabulary.item_ids.tolist()).encode()
        return digest_of_bytes(ids, fit.offsets.tobytes(), fit.items.tobytes())

    def for_selection(self) -> "PreparedSplit":
        """Returns the same split, but no model that is fitted on it learns from the validation cases.

        Models without epochs, which select nothing, otherwise learn from training and validation together, and so does
        a refit. Fit on this one to compare settings by `evaluate(model, split, "valid")`.
        """
        training = replace(self.split.training, train=self.split.training.fit, refit=False)
        return replace(self, split=replace(self.split, training=training))


def prepare(data: Data, protocol: str | Mapping[str, object] | Protocol) -> PreparedSplit:
    """Filters, orders and splits the interactions as a protocol says.

    Args:
        data: What `read` returned.
        protocol: The name of a split with default settings, such as `temporal` or `leave_one_out`, a mapping of the
            keys of `protocol`, in which `split` may be a name, too, or a protocol.

    Raises:
        ConfigError: A setting is wrong.
        DataError: The core filter or the split leaves nothing, or there are too few users or items to draw.
    """
    expect(data, Data, "prepare: data", "what `seqrec.read` returned")
    expect(protocol, (str, Mapping, Protocol), "prepare: protocol", "the name of a split, a mapping or a protocol")
    if isinstance(protocol, str):
        protocol = {"split": protocol}
    if not isinstance(protocol, Protocol):
        split = protocol.get("split")
        named = {"split": {"name": split}} if isinstance(split, str) else {}
        protocol = validated(Protocol, {**protocol, **named}, "protocol")
    prepared = prepare_split(data.interactions, protocol, has_times=data.quality.has_times)
    return PreparedSplit(protocol, prepared.split, prepared.summary, data.items, data.columns)

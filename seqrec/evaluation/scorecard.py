"""Our numbers beside published ones, where a paper's data and protocol are ours.

A published table is one TOML file in `published/`: its source, the size of its data, its split, what is known
to set its numbers apart, and its rows. A row that one of our models can stand beside says so in `match`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from pydantic import Field

from seqrec.config import Config
from seqrec.evaluation.results import Cell, Row, Table
from seqrec.json_value import Value
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.summary import Size


class PublishedRow(Config):
    """One model of a published table."""

    model: str
    """Name in the paper."""
    match: dict[str, Any] | None = None
    """Settings of the model here that is the same; None if there is none. See `matches`."""
    values: dict[str, float]


class Published(Config):
    """A published table, full-catalogue ranking."""

    title: str
    source: str
    url: str
    dataset: str
    split: str
    """Name of the split here that is the paper's."""
    notes: list[str] = Field(default_factory=list)
    """Known reasons for a gap."""
    size: dict[Literal["n_users", "n_items", "n_interactions"], int]
    """Counts after the core filter."""
    rows: list[PublishedRow]


@dataclass(frozen=True, slots=True)
class Line(Value):
    """One published number and ours."""

    published_model: str
    label: str
    metric: str
    published: float
    ours: Cell
    gap: float
    """Ours minus theirs."""
    relative_gap: float | None
    """The gap as a share of the published value; None if that is 0."""


@dataclass(frozen=True, slots=True)
class Scorecard(Value):
    """A published table beside ours."""

    title: str
    source: str
    url: str
    dataset: str
    notes: tuple[str, ...]
    lines: tuple[Line, ...]
    """In the order of our table, then of the paper's metrics."""


def published() -> tuple[Published, ...]:
    """Every published table that the package carries."""
    folder = resources.files("seqrec.evaluation") / "published"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(Published.model_validate(tomllib.loads(file.read_text("utf-8"))) for file in files)


def scorecards(
    table: Table, size: Size, protocol: Protocol, settings: Mapping[str, Mapping[str, Any]]
) -> tuple[Scorecard, ...]:
    """The published tables on this data and split that share a model and a metric with `table`.

    Args:
        table: Our numbers.
        size: Of our data after the core filter; it is taken for the paper's if all counts agree.
        protocol: Ours; see `_is_usual`.
        settings: Of the models behind the labels of `table`, as JSON-able values.
    """
    if not _is_usual(protocol):
        return ()
    cards = (
        Scorecard(
            paper.title,
            paper.source,
            paper.url,
            paper.dataset,
            tuple(paper.notes),
            tuple(_lines(paper, table, settings)),
        )
        for paper in published()
        if paper.size == size.to_json() and paper.split == protocol.split.name
    )
    return tuple(card for card in cards if card.lines)


def _is_usual(protocol: Protocol) -> bool:
    """Whether the protocol could be a paper's: full ranking of the test cases proper, from whole histories in order."""
    changed = (protocol.users, protocol.max_history, protocol.shuffle)
    elsewhere = (getattr(protocol.split, setting, None) for setting in ("fold", "test_from"))
    return protocol.candidates.name == "full" and not any(value is not None for value in (*changed, *elsewhere))


def matches(wanted: object, setting: object) -> bool:
    """Whether a setting is as a `match` asks: a value equals, a list holds it, a table fits key by key.

    `false` also fits what is left out, as TOML has no other word for it.
    """
    if isinstance(wanted, dict):
        return isinstance(setting, Mapping) and all(matches(value, setting.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        return setting in wanted
    return wanted == setting or (wanted is False and setting is None)


def _lines(paper: Published, table: Table, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[Line]:
    for row in table.rows:
        for theirs in paper.rows:
            if theirs.match is not None and matches(theirs.match, settings[row.label]):
                yield from _pairs(theirs, row)


def _pairs(theirs: PublishedRow, ours: Row) -> Iterator[Line]:
    for metric, value in theirs.values.items():
        if metric in ours.cells:
            cell = ours.cells[metric]
            gap = cell.mean - value
            yield Line(theirs.model, ours.label, metric, value, cell, gap, gap / value if value else None)

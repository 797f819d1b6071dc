"""The comparison of our results with published ones on the same data and protocol.

A published table is one TOML file in `published/`: its source, the size of its data, its split, known reasons for
a gap, and its rows. A row that is comparable with one of our models has a `match`.
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
    """The model's name in the paper."""
    match: dict[str, Any] | None = None
    """The settings of the same model here; None if there is none. See `matches`."""
    values: dict[str, float]


class Published(Config):
    """A published table of full-catalogue ranking."""

    title: str
    source: str
    url: str
    dataset: str
    split: str
    """The `name` of our split that equals the paper's."""
    notes: list[str] = Field(default_factory=list)
    """Known reasons for a gap."""
    size: dict[Literal["n_users", "n_items", "n_interactions"], int]
    """The counts after the core filter."""
    rows: list[PublishedRow]


@dataclass(frozen=True, slots=True)
class Line(Value):
    """A published number and ours."""

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
    """A published table next to ours."""

    title: str
    source: str
    url: str
    dataset: str
    notes: tuple[str, ...]
    lines: tuple[Line, ...]
    """The lines in the order of our table, then of the paper's metrics."""


def published() -> tuple[Published, ...]:
    """Reads all published tables of the package."""
    folder = resources.files("seqrec.evaluation") / "published"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(Published.model_validate(tomllib.loads(file.read_text("utf-8"))) for file in files)


def scorecards(
    table: Table, size: Size, protocol: Protocol, settings: Mapping[str, Mapping[str, Any]]
) -> tuple[Scorecard, ...]:
    """Returns the published tables on these data and this split that share a model and a metric with `table`.

    Args:
        table: Our table.
        size: The size of our data after the core filter; the data count as the paper's if all counts are equal.
        protocol: Our protocol; see `_is_usual`.
        settings: The settings of the models in `table`, by label, as JSON-serialisable values.
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
    """Returns whether papers use such a protocol: full ranking of all test cases, from whole ordered histories."""
    changed = (protocol.users, protocol.max_history, protocol.shuffle)
    elsewhere = (getattr(protocol.split, setting, None) for setting in ("fold", "test_from"))
    return protocol.candidates.name == "full" and not any(value is not None for value in (*changed, *elsewhere))


def matches(wanted: object, setting: object) -> bool:
    """Returns whether a setting fits a `match`: it equals a value, is in a list, or fits a table key by key.

    `false` also fits a setting that is left out, since TOML has no null.
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

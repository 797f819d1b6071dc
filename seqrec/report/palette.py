"""The look of each model, which is the same in every chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from seqrec.evaluation.results import Table
from seqrec.models import FLOORS

COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#332288",
    "#882255",
    "#117733",
    "#999933",
)
"""Colours that can be told apart with any colour vision: Okabe and Ito 2008, continued with Tol 2021 (muted)."""

MARKERS = ("circle", "diamond", "square", "triangle", "plus", "star", "hex")
FLOOR_COLOURS = ("#5f6670", "#8a919b", "#b3b8bf")


@dataclass(frozen=True, slots=True)
class Look:
    """The colour, marker and line of one model."""

    colour: str
    marker: str
    """Bokeh's name of the marker."""
    dash: Literal["solid", "dotted"]
    hollow: bool
    """Whether markers are drawn as outlines."""


def looks(table: Table) -> Mapping[str, Look]:
    """Assigns colours in the order of the table; floors are grey and dashed."""
    floors = [row.label for row in table.rows if row.model in FLOORS]
    models = [row.label for row in table.rows if row.model not in FLOORS]
    return {
        label: Look(_nth(COLOURS, i), _nth(MARKERS, i), "solid", hollow=False) for i, label in enumerate(models)
    } | {label: Look(_nth(FLOOR_COLOURS, i), _nth(MARKERS, i), "dotted", hollow=True) for i, label in enumerate(floors)}


def _nth(choices: Sequence[str], i: int) -> str:
    return choices[i % len(choices)]

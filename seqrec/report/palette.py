"""The look of each model, which is the same in every chart."""

from collections.abc import Mapping
from dataclasses import dataclass

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

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon")
FLOOR_COLOURS = ("#5f6670", "#8a919b", "#b3b8bf")


@dataclass(frozen=True, slots=True)
class Look:
    """The colour, marker and line of one model."""

    colour: str
    symbol: str
    dash: str


def looks(table: Table) -> Mapping[str, Look]:
    """Assigns colours in the order of the table; floors are grey and dashed."""
    floors = [row.label for row in table.rows if row.model in FLOORS]
    models = [row.label for row in table.rows if row.model not in FLOORS]
    return {
        **{
            label: Look(COLOURS[i % len(COLOURS)], SYMBOLS[i % len(SYMBOLS)], "solid") for i, label in enumerate(models)
        },
        **{
            label: Look(FLOOR_COLOURS[i % len(FLOOR_COLOURS)], SYMBOLS[i % len(SYMBOLS)] + "-open", "dot")
            for i, label in enumerate(floors)
        },
    }

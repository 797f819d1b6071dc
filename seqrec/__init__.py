"""Next-item recommenders, from raw interactions to compared and audited models.

In a notebook, five calls lead from a table to recommendations, with original ids in and out:

    data = seqrec.read("orders.csv", user="customer", item="sku", time="ordered_at")
    split = seqrec.prepare(data, "temporal")
    model = seqrec.fit("sasrec", split, dim=64)
    print(seqrec.evaluate(model, split))
    model.recommend([["A17", "B23"]], k=10)

This layer knows no orchestration, no tracking server and no catalogue, and imports nothing from
`storage`, `tasks` or `flows`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqrec.library.data import Data, read
    from seqrec.library.evaluation import Evaluation, evaluate
    from seqrec.library.fit import fit
    from seqrec.library.ingredients import embed
    from seqrec.library.model import Model
    from seqrec.library.split import PreparedSplit, prepare

__all__ = ["Data", "Evaluation", "Model", "PreparedSplit", "embed", "evaluate", "fit", "prepare", "read"]

_MODULES = {
    "Data": "data",
    "Evaluation": "evaluation",
    "Model": "model",
    "PreparedSplit": "split",
    "embed": "ingredients",
    "evaluate": "evaluation",
    "fit": "fit",
    "prepare": "split",
    "read": "data",
}


def __getattr__(name: str) -> object:
    # Numeric libraries read their settings when they are imported, so nothing is imported before it is used.
    if name in _MODULES:
        return getattr(import_module(f"seqrec.library.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

"""What was probably meant by an id that the model does not know."""

import numpy as np
import pytest

from seqrec.serving.catalogue import Catalogue
from seqrec.serving.hints import hint, suggestion

IDS = np.array(["00123", "45", "B-7", "46.0", "x"])
TITLES = ("Milk Frother, large", "Kettle", "Kettle", None, "45.0 litre tank")
CATALOGUE = Catalogue(IDS, TITLES, np.ones(5, np.int64), np.ones(5, np.bool_))


@pytest.mark.parametrize(
    ("item_id", "found"),
    [
        ("123", "'123' is no item id, but '00123' is"),
        ("0123.0", "'0123.0' is no item id, but '00123' is"),
        ("45.0", "'45.0' is no item id, but '45' is"),
        ("46", "'46' is no item id, but '46.0' is"),
        ("b-7", "'b-7' is no item id, but 'B-7' is"),
        (
            "milk  frother, LARGE",
            "'milk  frother, LARGE' is no item id, but the title of '00123'; histories are made of ids",
        ),
        ("Kettle", "'Kettle' is no item id, but the title of '45', 'B-7'; histories are made of ids"),
        ("nothing", None),
        ("0", None),
        ("", None),
    ],
)
def test_hints(item_id: str, found: str | None) -> None:
    assert hint(CATALOGUE, item_id) == found


def test_without_a_hint_similar_ids_are_suggested() -> None:
    assert suggestion(CATALOGUE, "123") == "'123' is no item id, but '00123' is."
    assert suggestion(CATALOGUE, "B-77") == "Did you mean B-7?"
    assert suggestion(CATALOGUE, "nothing like it") is None

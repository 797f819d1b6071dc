"""Refs are small, and the type checker distinguishes them."""

import pickle
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from mypy import api as mypy

from storage.refs import Ref, TextsRef

FLOW = """
from storage.refs import {given}, TextsRef

def embed(texts: TextsRef) -> None: ...

embed({given}(key="k", uri="/store/k", rows=1))
"""


def test_every_ref_has_a_kind_of_its_own() -> None:
    # The class that a slotted dataclass replaces may still exist under the same name.
    kinds = {ref.__name__: ref.kind for ref in Ref.__subclasses__()}
    assert sorted(kinds.values()) == [
        "audit",
        "comparison",
        "drift",
        "dump",
        "evaluation",
        "features",
        "fold_score",
        "model",
        "outcome",
        "package",
        "report",
        "split",
        "texts",
        "training",
        "vectors",
        "verdict",
    ]


def test_a_ref_is_a_value() -> None:
    ref = TextsRef("k", "/store/k", 3)
    assert ref == pickle.loads(pickle.dumps(ref))
    assert ref != TextsRef("other", "/store/k", 3)
    with pytest.raises(FrozenInstanceError):
        ref.rows = 4  # type: ignore[misc]


@pytest.mark.parametrize(("given", "accepted"), [("TextsRef", True), ("VectorsRef", False)])
def test_the_type_checker_refuses_vectors_where_texts_are_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, accepted: bool
) -> None:
    flow = tmp_path / "flow.py"
    flow.write_text(FLOW.format(given=given).replace("TextsRef, TextsRef", "TextsRef"))
    here = Path(__file__).parents[2]
    monkeypatch.chdir(here)
    found, _, status = mypy.run([str(flow), "--cache-dir", str(here / ".mypy_cache" / "flow"), "--config-file="])
    assert (status == 0) == accepted, found
    assert accepted or 'has incompatible type "VectorsRef"; expected "TextsRef"' in found

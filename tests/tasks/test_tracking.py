"""Whether a pipeline was tracked to its end before."""

import pytest

from storage.tracking import Tracker
from tasks.resources import open_resources
from tasks.tracking import COMPLETE, place_of, tracked_before


def test_a_pipeline_is_tracked_again_if_no_run_of_it_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    resources, left = open_resources(), {"first", "second"}
    monkeypatch.setattr(Tracker, "has_run", lambda self, run_id: run_id in left)
    assert tracked_before(resources, "key") is None
    for run_id in ("first", "second"):
        resources.store.get_or_make(COMPLETE, place_of(resources, "key") | {"run_id": run_id}, lambda _: {})
    left.remove("first")
    assert tracked_before(resources, "key") == "second"
    assert tracked_before(resources, "another key") is None
    left.clear()
    assert tracked_before(resources, "key") is None

"""Preparation without a Prefect server: the function of the task on a real store."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from seqrec.experiment_file import load_dataset
from seqrec.preparation.protocol import Protocol
from storage.refs import DumpRef
from storage.source import digest_of_source
from tasks import prepare as prepare_task
from tasks.ingest import ingest
from tests.tasks.edited import edited_copy

SPLITS = ("temporal", "leave_one_out")


@pytest.fixture
def dump() -> DumpRef:
    return ingest.fn(load_dataset("demo", ["n_users=60", "n_items=60"]), Path())


@pytest.fixture
def key(dump: DumpRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that makes the key of a protocol's split, with one source file of the package edited."""

    def key(protocol: Protocol, edited: str | None = None) -> str:
        copy = edited_copy(tmp_path, edited)
        monkeypatch.setattr(prepare_task, "source_digest", partial(digest_of_source, copy))
        return prepare_task.prepare.fn(dump, protocol).key

    return key


def protocol_of(split: str, **settings: object) -> Protocol:
    return Protocol.model_validate({"split": {"name": split}, "core": {"users": 2, "items": 2}} | settings)


@pytest.mark.parametrize("edited", SPLITS)
def test_a_split_is_made_anew_when_its_own_source_is_edited(key: Callable[..., str], edited: str) -> None:
    file = f"preparation/splits/{edited}.py"
    changed = {split: key(protocol_of(split), file) != key(protocol_of(split)) for split in SPLITS}
    assert changed == {split: split == edited for split in SPLITS}


@pytest.mark.parametrize("module", ["shuffle", "user_sample", "truncate", "negatives", "splits/held_out"])
def test_what_every_temporal_split_goes_through_counts_too(key: Callable[..., str], module: str) -> None:
    protocol = protocol_of("temporal")
    assert key(protocol, f"preparation/{module}.py") != key(protocol)


def test_the_protocol_decides_the_key(key: Callable[..., str]) -> None:
    plain = protocol_of("temporal")
    assert key(plain) == key(plain)
    assert key(plain) != key(protocol_of("temporal", shuffle={"part": "test"}))
    assert key(plain) == key(protocol_of("temporal", cutoffs=[20, 10, 5, 1, 1]))


@pytest.mark.parametrize(("items", "n_notes"), [(2, 0), (9, 1)])
def test_a_core_filter_that_removes_much_is_mentioned_at_once(
    dump: DumpRef, caplog: pytest.LogCaptureFixture, items: int, n_notes: int
) -> None:
    caplog.set_level("INFO", logger="seqrec.progress")
    prepare_task.prepare.fn(dump, protocol_of("leave_one_out", core={"users": 2, "items": items}))
    notes = [record.getMessage() for record in caplog.records if record.__dict__["state"] == "note"]
    assert len(notes) == n_notes
    assert all("Core filter: it leaves" in note for note in notes)

"""The removal of what nobody needs: never of what somebody does, as a whole or not at all, and beside living runs."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from seqrec.errors import StorageError
from storage import claims
from storage.atomic_write import discard
from storage.cleaning import Findings, look, remove
from storage.files import write_json
from storage.history import History
from storage.references import training_key
from storage.settings import Settings
from storage.store import Store
from storage.vector_file import open_vectors

NOW = datetime.now(UTC)
SINCE = NOW - timedelta(days=30)
OLD = NOW - timedelta(days=60)


def make(store: Store, number: int, *inputs: str) -> str:
    """Make a small artifact from others, and return its key."""

    def write(folder: Path) -> Mapping[str, object]:
        (folder / "file").write_text(str(number))
        return {}

    return store.get_or_make("thing", {"number": number, "from": list(inputs)}, write).key


def age(settings: Settings, at: datetime = OLD) -> None:
    """Let everything in the data root be as old as this."""
    for path in settings.data_root.rglob("*"):
        os.utime(path, (at.timestamp(), at.timestamp()), follow_symlinks=False)


def find(settings: Settings, *roots: str) -> Findings:
    """Return what the data root holds."""
    stored = list(Store(settings.store_dir).stored())
    return look(settings, stored, {"somebody": frozenset(roots)}, SINCE)


def keys(settings: Settings) -> set[str]:
    """Return the keys of all artifacts, each of which is sound and has everything that it was made from."""
    found = {artifact.key: artifact for artifact in Store(settings.store_dir).artifacts()}
    assert all(set(artifact.inputs["from"]) <= found.keys() for artifact in found.values())
    return set(found)


# Each says which earlier artifacts one is made from, whether somebody names it, and whether it was used recently.
Things = st.lists(st.tuples(st.sets(st.integers(0, 6)), st.booleans(), st.booleans()), min_size=1, max_size=7)


@given(Things, st.integers(0, 12))
@example_settings(max_examples=25)
def test_what_can_be_reached_stays_and_a_kill_at_any_instant_leaves_a_valid_store(
    things: list[tuple[set[int], bool, bool]], killed_after: int
) -> None:
    with TemporaryDirectory() as folder:
        settings = Settings(data_root=Path(folder))
        store, made = Store(settings.store_dir), list[str]()
        for number, (inputs, _, _) in enumerate(things):
            made.append(make(store, number, *(made[one] for one in sorted(inputs) if one < number)))
        age(settings)
        for key, (_, _, recent) in zip(made, things, strict=True):
            if recent:
                store.use("thing", key)
        kept = {key for key, (_, named, recent) in zip(made, things, strict=True) if named or recent}
        for key in reversed(made):
            if key in kept:
                kept |= set(store.open("thing", key).inputs["from"])
        roots = [key for key, (_, named, _) in zip(made, things, strict=True) if named]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(claims, "discard", killing(killed_after))
            try:
                remove(settings, find(settings, *roots))
            except KeyboardInterrupt:
                assert kept <= keys(settings)
        remove(settings, find(settings, *roots))
        assert keys(settings) == kept
        assert not list(settings.data_root.rglob(".removing*"))


def killing(after: int) -> Callable[[Path], None]:
    """Return a removal that is interrupted in the middle, after a number of whole ones."""
    left = iter(range(after))

    def interrupted(path: Path) -> None:
        if next(left, None) is None:
            if path.is_dir():
                next(path.iterdir()).unlink()
            raise KeyboardInterrupt
        discard(path)

    return interrupted


@pytest.fixture
def settings() -> Settings:
    return Settings()


def test_what_a_run_begins_to_use_meanwhile_stays_with_what_it_was_made_from(settings: Settings) -> None:
    store = Store(settings.store_dir)
    first = make(store, 0)
    second = make(store, 1, first)
    third = make(store, 2, second)
    other = make(store, 3)
    age(settings)
    findings = find(settings)
    assert {item.path.name for item in findings.removable} == {first, second, third, other}
    make(store, 1, first)
    removed = remove(settings, findings)
    assert keys(settings) == {first, second}
    assert (removed.n_items, removed.n_in_use) == (2, 2)


def test_what_is_being_made_stays(settings: Settings) -> None:
    store = Store(settings.store_dir)
    key = make(store, 0)
    age(settings)
    findings = find(settings)
    with store.idle("thing", key) as idle:
        assert idle
        assert remove(settings, findings).n_in_use == 1
    assert remove(settings, findings).n_items == 1
    assert keys(settings) == set()


def test_a_model_keeps_all_training_data_of_its_content(settings: Settings) -> None:
    store = Store(settings.store_dir)

    def write(folder: Path) -> Mapping[str, object]:
        (folder / "training").mkdir()
        (folder / "training" / "events").write_text("the same")
        return {}

    splits = [store.get_or_make("split", {"from": [], "test": number}, write) for number in range(2)]
    model = make(store, 0, training_key(splits[0].files))
    age(settings)
    remove(settings, find(settings, model))
    assert {artifact.key for artifact in store.artifacts()} == {model, splits[0].key, splits[1].key}


def test_a_damaged_manifest_of_something_needed_stops_it_and_another_does_not(settings: Settings) -> None:
    store = Store(settings.store_dir)
    needed, unneeded = make(store, 0), make(store, 1)
    for key in (needed, unneeded):
        (settings.store_dir / "thing" / key / "manifest.json").write_text("{")
    age(settings)
    with pytest.raises(StorageError, match="damaged manifest"):
        find(settings, needed)
    assert remove(settings, find(settings)).n_items == 2


def test_what_is_beside_the_store(settings: Settings, tmp_path: Path) -> None:
    model = make(Store(settings.store_dir), 0)
    for name in ("finished", "running"):
        page = tmp_path / "page"
        page.write_text(name)
        for number in range(3):
            History(settings.reports_dir, name).record(
                protocol="p", comparison=model, report=model, command=str(number), data=tmp_path, page=page
            )
    gone = settings.reports_dir / "gone" / "report.html"
    lists = settings.recommendations_dir / "shop"
    for number in range(3):
        write_json(lists / f"2026-{number}" / "manifest.json", {"k": number})
    (lists / "latest").symlink_to("2026-1")
    (lists / ".unfinished").mkdir()
    (lists / ".removing.2025").mkdir()
    checkpoints = settings.work_dir / "0123456789abcdef0123" / "00000001"
    damaged = settings.prefect_dir / "prefect.db.damaged-20260101T000000-wal"
    for file in (gone, checkpoints / "state", damaged, settings.prefect_dir / "prefect.db"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    (settings.work_dir / "slots").mkdir()
    for file in (settings.reports_dir / "finished" / "runs").iterdir():
        file.write_text(file.read_text().replace(f"{NOW:%Y}", "2020"))
    age(settings)
    (lists / "2026-2").touch()
    last = History(settings.reports_dir, "finished").last()
    n_items = remove(settings, find(settings, model)).n_items
    assert History(settings.reports_dir, "finished").runs() == [last]
    assert len(History(settings.reports_dir, "running").runs()) == 3
    assert not gone.exists()
    assert sorted(path.name for path in lists.iterdir()) == ["2026-1", "2026-2", "latest"]
    assert sorted(path.name for path in settings.work_dir.iterdir()) == ["slots"]
    assert [path.name for path in settings.prefect_dir.iterdir()] == ["prefect.db"]
    # Two runs, a report, lists, unfinished ones and an interrupted removal, checkpoints, and a database.
    assert n_items == 8
    assert find(settings, model).removable == ()


def test_cached_vectors_stay_unless_somebody_asks_and_those_in_use_stay_anyway(settings: Settings) -> None:
    store = Store(settings.store_dir)
    settings.vectors_dir.mkdir()
    for name in ("used", "unused"):
        with open_vectors(settings.vectors_dir / f"{name}.sqlite") as kept:
            kept.add(["a", "b"], np.ones((2, 3), np.float32))
    used = store.get_or_make("vectors", {"from": [], "encoder": "used"}, lambda _: {}).key
    age(settings)
    findings = find(settings, used)
    assert [(one.item.path.stem, one.n_texts) for one in findings.vectors] == [("unused", 2)]
    assert remove(settings, findings).n_items == 0
    assert remove(settings, findings, vectors=True).n_items == 1
    assert {path.stem for path in settings.vectors_dir.glob("*.sqlite*")} == {"used"}

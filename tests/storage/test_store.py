"""The content-addressed store, with real processes."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.digest import digest_of
from seqrec.errors import StorageError
from storage.store import Artifact, Store, key_of

INPUTS = {"p": 5, "files": {"a": "f00"}}


def writes(text: str, calls: list[Path] | None = None) -> Callable[[Path], Mapping[str, object]]:
    """Return a maker that writes one file into a folder, and counts its calls."""

    def make(folder: Path) -> Mapping[str, object]:
        if calls is not None:
            calls.append(folder)
        (folder / "deep").mkdir()
        (folder / "deep" / "text.txt").write_text(text)
        return {"n": len(text), "cutoffs": (1, 5)}

    return make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_what_was_made_once_is_not_made_again(store: Store) -> None:
    calls: list[Path] = []
    first = store.get_or_make("split", INPUTS, writes("hello", calls))
    second = store.get_or_make("split", dict(reversed(INPUTS.items())), writes("hello", calls))
    assert len(calls) == 1
    assert (first.made, second.made) == (True, False)
    assert (first.key, first.path, first.facts, first.inputs) == (
        second.key,
        second.path,
        second.facts,
        second.inputs,
    )
    assert second.facts == {"n": 5, "cutoffs": [1, 5]}
    assert (second.path / "deep" / "text.txt").read_text() == "hello"


def test_the_manifest_says_what_made_it(store: Store) -> None:
    path = store.get_or_make("split", INPUTS, writes("hello")).path
    manifest = json.loads((path / "manifest.json").read_text())
    assert (manifest["kind"], manifest["key"], manifest["inputs"]) == ("split", path.name, INPUTS)
    assert manifest["files"]["deep/text.txt"] == {"size_bytes": 5, "digest": "ea8f163db38682925e44"}
    assert manifest["made_at"].endswith("+00:00")
    assert {"python", "torch", "polars", "seqrec"} <= manifest["versions"].keys()
    assert 0 <= manifest["duration_s"] < 10


def test_an_edited_input_is_another_artifact(store: Store) -> None:
    one = store.get_or_make("split", {"p": 5}, writes("five"))
    other = store.get_or_make("split", {"p": 6}, writes("six"))
    assert other.made
    assert one.key != other.key


@given(st.dictionaries(st.sampled_from("abc"), st.integers() | st.text() | st.none(), min_size=1), st.text())
def test_the_key_depends_on_every_input_and_on_the_kind(inputs: dict[str, object], value: str) -> None:
    key = key_of("split", inputs)
    assert key == key_of("split", json.loads(json.dumps(inputs)))
    assert key != key_of("model", inputs)
    assert key != key_of("split", inputs | {"d": value})


def test_find_open_and_list(store: Store) -> None:
    assert store.find("split", INPUTS) is None
    made = store.get_or_make("split", INPUTS, writes("a"))
    vectors = store.get_or_make("vectors", INPUTS, writes("b"))
    found = store.find("split", INPUTS)
    assert found is not None
    assert found.path == made.path
    assert store.open("split", made.key).facts == made.facts
    assert [artifact.key for artifact in store.artifacts("vectors")] == [vectors.key]
    assert [artifact.kind for artifact in store.artifacts()] == ["split", "vectors"]
    with pytest.raises(StorageError, match="no such artifact") as caught:
        store.open("model", "f00")
    assert caught.value.subject.endswith("model/f00")


def test_artifacts_of_the_same_make_come_newest_first(store: Store) -> None:
    for number, (p, made_at) in enumerate([(5, "2026-01-02"), (6, "2026-01-09"), (5, "2026-01-03"), (5, "2026-01-01")]):
        path = store.get_or_make("dump", {"p": p, "more": (1,), "files": [number]}, writes("x")).path
        manifest = json.loads((path / "manifest.json").read_text()) | {"made_at": made_at}
        del manifest["digest"]
        (path / "manifest.json").write_text(json.dumps(manifest | {"digest": digest_of(manifest)}))
    store.get_or_make("split", {"p": 5, "more": (1,)}, writes("x"))
    found = [store.open("dump", key) for key in store.matching_keys("dump", {"p": 5, "more": (1,)})]
    assert [artifact.inputs["files"] for artifact in found] == [[2], [0], [3]]
    assert not any(artifact.made for artifact in found)
    assert store.matching_keys("dump", {"p": 5, "other": None, "more": 1}) == []


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"inputs": [], "facts": {}, "files": {}, "made_at": ""}'])
def test_what_has_no_readable_manifest_matches_nothing(store: Store, text: str) -> None:
    good, bad = (store.get_or_make("dump", {"p": 5, "files": [n]}, writes("x")) for n in range(2))
    (bad.path / "manifest.json").write_text(text)
    assert store.matching_keys("dump", {"p": 5}) == [good.key]
    with pytest.raises(StorageError) as caught:
        store.open("dump", bad.key)
    assert caught.value.subject == str(bad.path / "manifest.json")


def test_a_failure_leaves_nothing(store: Store, tmp_path: Path) -> None:
    def fail(folder: Path) -> Mapping[str, object]:
        (folder / "half.txt").write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.get_or_make("split", INPUTS, fail)
    assert list(store.artifacts()) == []
    assert not [path for path in tmp_path.rglob("*") if path.name == "half.txt"]
    assert store.get_or_make("split", INPUTS, writes("a")).made


def test_a_full_disk_is_a_storage_error_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    def fill(folder: Path) -> Mapping[str, object]:
        (folder / "half.txt").write_text("half")
        Path("/dev/full").write_text("the rest")
        return {}

    with pytest.raises(StorageError, match="No space left") as caught:
        store.get_or_make("split", INPUTS, fill)
    assert "SEQREC_DATA_ROOT" in caught.value.remedy
    assert not list(tmp_path.rglob("half.txt"))
    assert store.find("split", INPUTS) is None


def test_a_file_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("in the way")
    with pytest.raises(StorageError, match="SEQREC_DATA_ROOT"):
        Store(tmp_path / "store").get_or_make("split", INPUTS, writes("a"))


def test_an_error_of_the_maker_is_its_own(store: Store, tmp_path: Path) -> None:
    def read(folder: Path) -> Mapping[str, object]:
        return {"text": (tmp_path / "missing.json").read_text()}

    with pytest.raises(FileNotFoundError):
        store.get_or_make("split", INPUTS, read)


def test_makers_may_need_other_artifacts(store: Store) -> None:
    def outer(folder: Path) -> Mapping[str, object]:
        return {"inner": store.get_or_make("split", INPUTS, writes("inner")).key}

    made = store.get_or_make("model", INPUTS, outer)
    assert store.open("split", made.facts["inner"]).facts["n"] == 5


def test_threads_make_it_once(store: Store) -> None:
    calls: list[Path] = []
    barrier = Barrier(4)

    def request(_: int) -> bool:
        barrier.wait()
        return store.get_or_make("split", INPUTS, writes("hello", calls)).made

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(request, range(4))) == [False, False, False, True]
    assert len(calls) == 1


SLOW = """
import sys, time
from pathlib import Path
from storage.store import Store

def make(folder):
    (folder / "half.txt").write_text("half")
    print("making", flush=True)
    {work}
    return {{"n": 1}}

print(Store(Path(sys.argv[1])).get_or_make("split", {{"p": 5}}, make).made, flush=True)
"""


def process(store_dir: Path, work: str) -> subprocess.Popen[str]:
    """Start a process that makes the artifact of `{"p": 5}`."""
    script = SLOW.format(work=work)
    return subprocess.Popen([sys.executable, "-c", script, str(store_dir)], stdout=subprocess.PIPE, text=True)


def test_a_killed_maker_leaves_nothing_visible_and_the_next_one_makes_it(store: Store, tmp_path: Path) -> None:
    with process(tmp_path / "store", "time.sleep(60)") as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "making\n"
        maker.send_signal(signal.SIGKILL)
    assert list(tmp_path.rglob("half.txt")), "the process was killed in the middle"
    assert list(store.artifacts()) == []
    assert store.find("split", {"p": 5}) is None

    store.get_or_make("model", {"other": 1}, writes("another artifact"))
    assert not list(tmp_path.rglob("half.txt")), "files of dead processes are swept away"
    assert store.get_or_make("split", {"p": 5}, writes("whole")).made


def test_processes_take_turns(tmp_path: Path, store: Store) -> None:
    with process(tmp_path / "store", "time.sleep(0.5)") as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "making\n"
        store.get_or_make("model", {"other": 1}, writes("another artifact, whose maker sweeps"))
        calls: list[Path] = []
        artifact = store.get_or_make("split", {"p": 5}, writes("mine", calls))
        assert maker.stdout.readline() == "True\n"
    assert not artifact.made
    assert calls == []
    assert (artifact.path / "half.txt").read_text() == "half"


@pytest.mark.parametrize("damage", ["cut", "removed", "manifest", "byte"])
def test_a_damaged_artifact_is_an_error_where_it_is_opened(store: Store, damage: str) -> None:
    artifact = store.get_or_make("split", INPUTS, writes("hello"))
    file = artifact.path / ("manifest.json" if damage == "manifest" else "deep/text.txt")
    if damage == "removed":
        file.unlink()
    else:
        file.write_bytes(b"hullo" if damage == "byte" else file.read_bytes()[:3])
    with pytest.raises(StorageError) as caught:
        store.open("split", artifact.key)
    assert caught.value.subject == str(file)
    assert caught.value.remedy == "Run the experiment again, which makes it anew."


@pytest.mark.parametrize("name", ["manifest.json", "deep/text.txt"])
def test_an_artifact_with_any_flipped_bit_is_made_again(
    store: Store, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    def content(artifact: Artifact) -> object:
        return artifact.facts, artifact.inputs, (artifact.path / "deep" / "text.txt").read_text()

    whole = content(store.get_or_make("split", INPUTS, writes("hello")))
    file = store.get_or_make("split", INPUTS, writes("hello")).path / name
    for place in range(0, file.stat().st_size, 1 if name.endswith("txt") else 19):
        data = bytearray(file.read_bytes())
        data[place] ^= 1 << place % 8
        file.write_bytes(data)
        again = store.get_or_make("split", INPUTS, writes("hello"))
        assert content(again) == whole
        # White space between the members of a manifest means nothing.
        assert again.made or name == "manifest.json"
        assert again.made == ("made again" in caplog.text)
        caplog.clear()

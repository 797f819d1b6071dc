"""The remote store, as a folder and as fsspec's file system in memory, with two data roots that share it."""

import errno
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from threading import Barrier, Event

import fsspec
import pytest

from seqrec import stop
from seqrec.digest import digest_of
from seqrec.errors import ConfigError, StorageError
from storage.manifest import MANIFEST, write_manifest
from storage.object_store import ObjectStore
from storage.remote_store import RemoteStore, remote_store
from storage.store import Store, key_of
from tests.read_only import read_only
from tests.storage.test_store import INPUTS, writes

KEY = key_of("split", INPUTS)


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of an empty store."""
    if request.param == "file":
        (tmp_path / "shared").mkdir()
        yield f"file://{tmp_path}/shared"
    else:
        folder = f"memory://{uuid.uuid4().hex}/seqrec"
        yield folder
        memory = fsspec.filesystem("memory")
        memory.rm(folder.removeprefix("memory:/").rpartition("/")[0], recursive=True) if memory.find(folder) else None


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Return a folder that is a remote store."""
    (tmp_path / "shared").mkdir()
    return tmp_path / "shared"


def worker(root: Path, url: str, objects: type[ObjectStore] = ObjectStore) -> Store:
    """Return the store of a worker that has just started."""
    return Store(root, remote=RemoteStore(objects(url)))


def text_of(store: Store) -> str:
    return (store.open("split", KEY).path / "deep" / "text.txt").read_text()


def test_what_one_worker_makes_the_others_fetch(url: str, tmp_path: Path) -> None:
    calls: list[Path] = []
    made = worker(tmp_path / "a", url).get_or_make("split", INPUTS, writes("hello", calls))
    found = worker(tmp_path / "b", url).get_or_make("split", INPUTS, writes("hello", calls))
    assert len(calls) == 1
    assert (made.made, found.made) == (True, False)
    assert (found.key, found.inputs, found.facts, found.files) == (made.key, made.inputs, made.facts, made.files)
    assert found.path == tmp_path / "b" / "split" / KEY
    for name in (MANIFEST, "deep/text.txt"):
        assert (found.path / name).read_bytes() == (made.path / name).read_bytes()
    assert list((tmp_path / "b" / ".making").iterdir()) == []


def test_it_is_opened_and_found_where_it_was_not_made(url: str, tmp_path: Path) -> None:
    worker(tmp_path / "a", url).get_or_make("split", INPUTS, writes("hello"))
    assert text_of(worker(tmp_path / "b", url)) == "hello"
    assert worker(tmp_path / "c", url).find("split", INPUTS) is not None
    assert worker(tmp_path / "d", url).find("split", {"p": 6}) is None
    with pytest.raises(StorageError, match="no such artifact"):
        worker(tmp_path / "b", url).open("split", "f00")


@pytest.mark.parametrize("name", [MANIFEST, "the file"])
@pytest.mark.parametrize("damage", ["bit", "gone"])
def test_a_damaged_artifact_is_not_used_and_replaced(
    url: str, name: str, damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = worker(tmp_path / "a", url).get_or_make("split", INPUTS, writes("hello"))
    digest = made.files["deep/text.txt"]["digest"]
    system, path = fsspec.core.url_to_fs(f"{url}/split/{KEY}/{MANIFEST if name == MANIFEST else digest}")
    if damage == "gone":
        system.rm_file(path)
    else:
        content = bytearray(system.cat_file(path))
        content[len(content) // 2] ^= 1
        system.pipe_file(path, bytes(content))
    calls: list[Path] = []
    assert worker(tmp_path / "b", url).get_or_make("split", INPUTS, writes("hello", calls)).made
    assert len(calls) == 1
    # Files without a manifest are those of an upload that goes on, or was killed.
    assert (f"{url}/split/{KEY} is damaged, and will be replaced" in caplog.text) == (
        (name, damage) != (MANIFEST, "gone")
    )
    caplog.clear()
    assert not worker(tmp_path / "c", url).get_or_make("split", INPUTS, writes("hello", calls)).made
    assert text_of(worker(tmp_path / "d", url)) == "hello"
    assert caplog.text == ""


def test_a_damaged_artifact_here_is_fetched_again(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = worker(tmp_path / "a", url).get_or_make("split", INPUTS, writes("hello"))
    (made.path / "deep" / "text.txt").write_text("jello")
    assert text_of(worker(tmp_path / "a", url)) == "hello"
    assert "A damaged artifact is fetched again" in caplog.text


KILLED = """
import sys, time
from pathlib import Path
from storage.object_store import ObjectStore
from storage.remote_store import remote_store
from storage.store import Store

put = ObjectStore.put
def slow(self, source, name):
    if name.endswith("manifest.json"):
        print("half", flush=True)
        time.sleep(60)
    put(self, source, name)
ObjectStore.put = slow

def make(folder):
    (folder / "text.txt").write_text("theirs")
    return {}

Store(Path(sys.argv[1]), remote=remote_store(sys.argv[2])).get_or_make("split", {"p": 5}, make)
"""


def test_an_upload_that_was_killed_is_ignored(shared: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    url = f"file://{shared}"
    command = [sys.executable, "-c", KILLED, str(tmp_path / "a"), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "half\n"
        maker.send_signal(signal.SIGKILL)
    assert [path.name for path in shared.rglob("*") if path.is_file()], "it was killed in the middle"
    assert worker(tmp_path / "b", url).get_or_make("split", {"p": 5}, writes("ours")).made
    assert caplog.text == ""
    # The killed worker kept its own result; a third one gets that of the second.
    third = worker(tmp_path / "c", url).get_or_make("split", {"p": 5}, writes("other"))
    assert not third.made
    assert (third.path / "deep" / "text.txt").read_text() == "ours"


def test_two_uploads_at_once_of_other_bits_leave_one_of_them_whole(url: str, tmp_path: Path) -> None:
    barrier = Barrier(2)

    class Together(ObjectStore):
        def put(self, source: Path, name: str) -> None:
            barrier.wait()
            super().put(source, name)

    def make(text: str) -> None:
        worker(tmp_path / text, url, Together).get_or_make("split", INPUTS, writes(text))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, ("one", "two")))
    assert text_of(worker(tmp_path / "c", url)) in {"one", "two"}


def test_what_was_made_without_a_remote_store_is_uploaded_when_it_is_used(url: str, tmp_path: Path) -> None:
    Store(tmp_path / "a").get_or_make("split", INPUTS, writes("hello"))
    assert not worker(tmp_path / "a", url).get_or_make("split", INPUTS, writes("hello")).made
    assert text_of(worker(tmp_path / "b", url)) == "hello"


def test_records_stay_where_they_were_written(url: str, tmp_path: Path) -> None:
    worker(tmp_path / "a", url).get_or_make("tracked", INPUTS, lambda _: {})
    assert worker(tmp_path / "b", url).get_or_make("tracked", INPUTS, lambda _: {}).made


def test_a_failed_upload_is_a_warning_and_is_made_up_for(
    shared: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = worker(tmp_path / "a", f"file://{shared}")
    with read_only(shared):
        assert store.get_or_make("split", INPUTS, writes("hello")).made
    (warning,) = caplog.records
    assert warning.levelno == logging.WARNING
    said = warning.getMessage()
    assert said.startswith(f"The split {KEY} could not be uploaded, because the remote store file://{shared} failed: ")
    assert "It is kept here, and uploaded when it is next used." in said
    # The store is left alone for a while.
    store.get_or_make("split", INPUTS, writes("hello"))
    assert len(caplog.records) == 1
    assert list(shared.iterdir()) == []
    monkeypatch.setattr(store._remote, "_rests_until", 0.0)
    store.get_or_make("split", INPUTS, writes("hello"))
    assert text_of(worker(tmp_path / "b", f"file://{shared}")) == "hello"


def test_a_failed_fetch_is_a_warning_and_it_is_made_here(
    shared: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (shared / "split" / KEY / MANIFEST).mkdir(parents=True)
    assert worker(tmp_path / "a", f"file://{shared}").get_or_make("split", INPUTS, writes("hello")).made
    (warning,) = caplog.records
    assert f"The split {KEY} could not be fetched" in warning.getMessage()


def test_a_full_disk_is_no_failure_of_the_remote_store(url: str, tmp_path: Path) -> None:
    class Full(ObjectStore):
        def get(self, name: str, target: Path) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    worker(tmp_path / "a", url).get_or_make("split", INPUTS, writes("hello"))
    with pytest.raises(StorageError, match="SEQREC_DATA_ROOT") as caught:
        worker(tmp_path / "b", url, Full).get_or_make("split", INPUTS, writes("hello"))
    assert "No space left" in caught.value.got


@pytest.mark.parametrize("change", [{"key": "f00"}, {"files": {"../../outside.txt": {"size_bytes": 5}}}])
def test_a_manifest_from_elsewhere_is_not_trusted(
    shared: Path, tmp_path: Path, change: Mapping[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    url = f"file://{shared}"
    worker(tmp_path / "a", url).get_or_make("split", INPUTS, writes("hello"))
    place = shared / "split" / KEY
    manifest = json.loads((place / MANIFEST).read_text())
    del manifest["digest"]
    (place / digest_of("x")).write_text("hello")
    files = {name: {**file, "digest": digest_of("x")} for name, file in change.get("files", {}).items()}  # type: ignore[attr-defined]
    write_manifest(place, {**manifest, **change} | ({"files": files} if files else {}))
    assert worker(tmp_path / "b", url).get_or_make("split", INPUTS, writes("hello")).made
    assert "the manifest of another artifact, or files outside of its folder" in caplog.text
    assert list(tmp_path.rglob("outside.txt")) == []


def test_a_long_transfer_says_what_it_waits_for(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, heard = list[str](), Event()

    class Slow(ObjectStore):
        def get(self, name: str, target: Path) -> None:
            assert heard.wait(60)
            super().get(name, target)

    def listen(what: str) -> None:
        told.append(what)
        heard.set()

    worker(tmp_path / "a", url).get_or_make("split", INPUTS, writes("hello"))
    monkeypatch.setattr("storage.remote_store.TELL_AFTER_S", 0.0)
    assert not Store(tmp_path / "b", listen, RemoteStore(Slow(url))).get_or_make("split", INPUTS, writes("x")).made
    assert told == ["the remote store, to fetch the split"]


def test_a_request_to_stop_ends_a_transfer_that_hangs(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = Event()

    class Hanging(ObjectStore):
        def put(self, source: Path, name: str) -> None:
            over.wait()

    monkeypatch.setattr("storage.remote_store.TELL_AFTER_S", 0.0)
    store = Store(tmp_path / "a", lambda _: stop.request(), RemoteStore(Hanging(url)))
    try:
        with pytest.raises(stop.Stopped):
            store.get_or_make("split", INPUTS, writes("hello"))
    finally:
        stop.withdraw()
        over.set()
    assert Store(tmp_path / "a").find("split", INPUTS) is not None, "what was made is kept"


def test_a_store_that_can_be_used_is_checked_once(url: str) -> None:
    asked: list[str] = []

    class Counted(ObjectStore):
        def probe(self) -> None:
            asked.append(self.url)
            super().probe()

    remote = RemoteStore(Counted(url))
    remote.check()
    remote.check()
    assert asked == [url]


@pytest.mark.parametrize("fault", ["no folder", "a file", "read-only", "unknown", "no library"])
def test_a_store_that_cannot_be_used_is_named_by_its_variable(fault: str, shared: Path) -> None:
    if fault == "no library" and find_spec("s3fs") is not None:
        pytest.skip("the library is there")
    (shared / "file").touch()
    url = {
        "no folder": f"file://{shared}/none",
        "a file": f"file://{shared}/file",
        "read-only": f"file://{shared}",
        "unknown": "ftpx://host/folder",
        "no library": "s3://bucket/folder",
    }[fault]
    with read_only(shared) if fault == "read-only" else nullcontext(), pytest.raises(ConfigError) as caught:
        RemoteStore(ObjectStore(url)).check()
    assert caught.value.subject == "SEQREC_REMOTE_STORE"
    assert caught.value.got.startswith(f"{url}, which can't be used: ")
    assert "SEQREC_REMOTE_STORE" in caught.value.remedy
    assert ("pip install" in caught.value.remedy) == (fault == "no library")


def test_a_store_that_says_nothing_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    class Silent(ObjectStore):
        def probe(self) -> None:
            over.wait()

    monkeypatch.setattr("storage.remote_store.PROBE_S", 0.2)
    with pytest.raises(ConfigError, match="does not answer"):
        RemoteStore(Silent(url)).check()
    over.set()


def test_one_url_is_one_store_in_a_process(url: str) -> None:
    assert remote_store(None) is None
    assert remote_store(url) is remote_store(url)

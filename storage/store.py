"""The content-addressed store, which never makes an artifact twice from the same inputs."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seqrec.digest import digest_of
from seqrec.errors import StorageError
from storage.atomic_write import discard, publish, writing
from storage.claims import claim, remove_unused, used_at
from storage.locks import Waiting, held, silently, take
from storage.manifest import MANIFEST, check_files, describe_files, read_manifest, write_manifest
from storage.provenance import git_commit, versions
from storage.remote_store import RemoteStore

log = logging.getLogger("seqrec.store")


@dataclass(frozen=True, slots=True)
class Artifact:
    """A folder of files that never change, with facts about them."""

    kind: str
    key: str
    path: Path
    inputs: Mapping[str, Any]
    """Everything that determines the content."""
    facts: Mapping[str, Any]
    """What its maker reported about it."""
    files: Mapping[str, Any]
    """Size and digest of each file, by its path in the folder."""
    made: bool
    """Whether this call made it; otherwise it was in the store already."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of an artifact without a look into its files."""

    kind: str
    key: str
    path: Path
    used_at: datetime
    """When a run last asked for it, in UTC."""
    n_bytes: int
    manifest: Mapping[str, Any] | None
    """The manifest without its digest; None if it is damaged."""


class Store:
    """Artifacts under `root/<kind>/<key>/`, each with a manifest of its inputs.

    The key is a digest of the kind and the inputs. A folder gets its name only when it is complete: it is written
    under `root/.making`, forced to disk, and renamed. Threads and processes that request the same artifact take turns:
    one makes it, the others read it. Each request stamps the artifact as used (`storage/claims.py`), so that what a run
    uses is not removed beside it.

    With a remote store, this one is a cache: what is missing or damaged here is fetched before it is made, and what is
    used here is uploaded if it is missing there. An artifact without files records what was done here, and stays here.

    Args:
        root: Folder of the store.
        waiting: Told who makes an artifact that this process waits for.
        remote: A store that workers without a common file system share.
    """

    def __init__(self, root: Path, waiting: Waiting = silently, remote: RemoteStore | None = None) -> None:
        self._root = root.absolute()
        self._waiting = waiting
        self._remote = remote

    def get_or_make(
        self, kind: str, inputs: Mapping[str, object], make: Callable[[Path], Mapping[str, object]]
    ) -> Artifact:
        """Return the artifact of some inputs, and make it if it is not in the store.

        Args:
            kind: The kind of artifact, such as `split`.
            inputs: Everything that determines the content, as JSON values.
            make: Writes files into the folder that it receives, and returns facts about them, as JSON values.

        A damaged artifact is made again, with a warning.

        Raises:
            StorageError: The disk is full, or the store can't be written.
            Stopped: Stopping was requested while it waited.
        """
        key = key_of(kind, inputs)
        artifact = self._find(kind, key)
        if artifact is None:
            with writing(self._root):
                self._sweep()
                with self._turn(kind, key):
                    artifact = self._find(kind, key) or self._fetch(kind, key) or self._make(kind, key, inputs, make)
        if self._remote is not None and artifact.files:
            self._remote.keep(kind, key, artifact.path, self._waiting)
        return artifact

    def find(self, kind: str, inputs: Mapping[str, object]) -> Artifact | None:
        """Return the artifact of some inputs, now in use, or None if it is damaged or not in the store."""
        with suppress(StorageError):
            return self.use(kind, key_of(kind, inputs))
        return None

    def use(self, kind: str, key: str) -> Artifact:
        """Return the artifact with a key, and keep it from being removed while this run is alive.

        Raises:
            StorageError: It does not exist, or is damaged.
        """
        claim(self._root / kind / key)
        return self.open(kind, key)

    def open(self, kind: str, key: str) -> Artifact:
        """Return the artifact with a key.

        Raises:
            StorageError: It does not exist, or is damaged.
            Stopped: Stopping was requested while it waited for the remote store.
        """
        try:
            return self._open(kind, key)
        except StorageError:
            if self._remote is None:
                raise
            with writing(self._root), self._turn(kind, key):
                fetched = self._find(kind, key) or self._fetch(kind, key)
            if fetched is None:
                raise
            return fetched

    def artifacts(self, kind: str | None = None) -> Iterator[Artifact]:
        """Yield all artifacts, or those of one kind, ordered by kind and key."""
        for manifest in sorted(self._root.glob(f"{kind or '[!.]*'}/[!.]*/{MANIFEST}")):
            yield self.open(manifest.parent.parent.name, manifest.parent.name)

    def stored(self) -> Iterator[Stored]:
        """Yield what is known of all artifacts, damaged ones too, ordered by kind and key; their files are not read."""
        for path in sorted(path for path in self._root.glob("[!.]*/[!.]*") if path.is_dir()):
            manifest = None
            with suppress(StorageError):
                manifest = read_manifest(path)
            n_bytes = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            yield Stored(path.parent.name, path.name, path, used_at(path), n_bytes, manifest)

    def remove(self, kind: str, key: str, since: datetime) -> bool:
        """Remove an artifact, unless it was used since or is being made; return whether it is gone.

        Raises:
            StorageError: The store can't be written.
        """
        with writing(self._root), self.idle(kind, key) as idle:
            return idle and remove_unused(self._root / kind / key, since)

    @contextmanager
    def idle(self, kind: str, key: str) -> Iterator[bool]:
        """Yield whether nobody makes an artifact, and let nobody begin during the block."""
        lock = take(self._lock(kind, key))
        try:
            yield lock is not None
        finally:
            if lock is not None:
                lock.release()

    def matching_keys(self, kind: str, inputs: Mapping[str, object]) -> list[str]:
        """Return the keys of the artifacts of a kind whose inputs include the given ones, newest first.

        Artifacts without a readable manifest are skipped, since their inputs are unknown.
        """
        wanted = _plain(inputs)
        matching = []
        for path in self._root.glob(f"{kind}/[!.]*/{MANIFEST}"):
            try:
                manifest = read_manifest(path.parent)
            except StorageError:
                continue
            if wanted == {name: manifest["inputs"].get(name) for name in wanted}:
                matching.append((manifest["made_at"], path.parent.name))
        return [key for _, key in sorted(matching, reverse=True)]

    def _open(self, kind: str, key: str) -> Artifact:
        path = self._root / kind / key
        manifest = read_manifest(path)
        check_files(path, manifest["files"])
        return Artifact(kind, key, path, manifest["inputs"], manifest["facts"], manifest["files"], made=False)

    def _find(self, kind: str, key: str) -> Artifact | None:
        """Return an artifact of this store, now in use, or None if it is damaged or not here."""
        claim(self._root / kind / key)
        with suppress(StorageError):
            return self._open(kind, key)
        return None

    def _fetch(self, kind: str, key: str) -> Artifact | None:
        if self._remote is None:
            return None
        with self._new_folder(kind, key) as folder:
            if not self._remote.fetch(kind, key, folder, self._waiting):
                return None
            self._publish(folder, kind, key, "fetched")
        return self._open(kind, key)

    def _make(
        self, kind: str, key: str, inputs: Mapping[str, object], make: Callable[[Path], Mapping[str, object]]
    ) -> Artifact:
        with self._new_folder(kind, key) as folder:
            made_at, started = datetime.now(UTC), time.perf_counter()
            facts = make(folder)
            files = describe_files(folder)
            manifest = {
                "kind": kind,
                "key": key,
                "inputs": inputs,
                "facts": facts,
                "files": files,
                "made_at": made_at.isoformat(timespec="seconds"),
                "duration_s": round(time.perf_counter() - started, 3),
                "versions": versions(),
                "git_commit": git_commit(),
            }
            write_manifest(folder, manifest)
            path = self._publish(folder, kind, key, "made")
        return Artifact(kind, key, path, _plain(inputs), _plain(facts), files, made=True)

    @contextmanager
    def _new_folder(self, kind: str, key: str) -> Iterator[Path]:
        """Yield an empty folder for the files of an artifact whose lock we hold, and remove what is left of it."""
        folder = self._root / ".making" / f"{kind}.{key}"
        # Since we hold the lock, anything here was left by a process that died.
        discard(folder)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            discard(folder)

    def _publish(self, folder: Path, kind: str, key: str, how: str) -> Path:
        """Give a complete folder its name."""
        path = self._root / kind / key
        if path.exists():
            self._remove_damaged(kind, key, how)
        path.parent.mkdir(parents=True, exist_ok=True)
        publish(folder, path)
        return path

    def _remove_damaged(self, kind: str, key: str, how: str) -> None:
        try:
            self._open(kind, key)
        except StorageError as error:
            log.warning("A damaged artifact is %s again. %s: got %s.", how, error.subject, error.got)
        discard(self._root / kind / key)

    def _turn(self, kind: str, key: str) -> AbstractContextManager[None]:
        """Return the lock of an artifact, to be held while it is made or fetched."""
        return held(self._lock(kind, key), lambda holder: self._waiting(f"the same {kind}, made by {holder}"))

    def _lock(self, kind: str, key: str) -> Path:
        path = self._root / ".locks" / f"{kind}.{key}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _sweep(self) -> None:
        # Whoever makes an artifact holds its lock, and the system releases the locks of processes that die.
        for path in (self._root / ".making").glob("*.*"):
            kind, _, key = path.name.partition(".")
            lock = take(self._lock(kind, key))
            if lock is not None:
                with lock:
                    discard(path)


def key_of(kind: str, inputs: Mapping[str, object]) -> str:
    """Return the key of the artifact of some inputs."""
    assert "kind" not in inputs, "inputs must not have a member called kind"
    return digest_of({"kind": kind, **inputs})


def _plain(value: Mapping[str, object]) -> dict[str, Any]:
    """Return the value as a later run reads it back from JSON, so that callers see no difference."""
    plain: dict[str, Any] = json.loads(json.dumps(value))
    return plain

"""The content-addressed store, which never makes an artifact twice from the same inputs."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from seqrec.digest import digest_of, digest_of_file
from seqrec.errors import StorageError
from storage.atomic_write import discard, publish, writing
from storage.claims import claim, remove_unused, used_at
from storage.locks import Waiting, held, silently, take
from storage.provenance import git_commit, versions

log = logging.getLogger("seqrec.store")

MANIFEST = "manifest.json"
_MEMBERS = (("inputs", dict), ("facts", dict), ("files", dict), ("made_at", str), ("digest", str))
"""The members of a manifest that are read, and their types."""


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

    Args:
        root: Folder of the store.
        waiting: Told who makes an artifact that this process waits for.
    """

    def __init__(self, root: Path, waiting: Waiting = silently) -> None:
        self._root = root.absolute()
        self._waiting = waiting

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
        found = self.find(kind, inputs)
        if found is not None:
            return found
        key = key_of(kind, inputs)
        with writing(self._root):
            self._sweep()
            with held(self._lock(kind, key), lambda holder: self._waiting(f"the same {kind}, made by {holder}")):
                return self.find(kind, inputs) or self._make(kind, key, inputs, make)

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
        """
        path = self._root / kind / key
        manifest = _manifest(path)
        for name, file in manifest["files"].items():
            stat = (path / name).stat() if (path / name).is_file() else None
            if stat is None or stat.st_size != file["size_bytes"]:
                got = "no file" if stat is None else f"{stat.st_size} bytes"
                raise _damaged(path / name, got, f"{file['size_bytes']} bytes")
            digest = _digest_of_unchanged(path / name, stat.st_mtime_ns)
            if digest != file["digest"]:
                raise _damaged(path / name, f"content with the digest {digest}", file["digest"])
        return Artifact(kind, key, path, manifest["inputs"], manifest["facts"], manifest["files"], made=False)

    def artifacts(self, kind: str | None = None) -> Iterator[Artifact]:
        """Yield all artifacts, or those of one kind, ordered by kind and key."""
        for manifest in sorted(self._root.glob(f"{kind or '[!.]*'}/[!.]*/{MANIFEST}")):
            yield self.open(manifest.parent.parent.name, manifest.parent.name)

    def stored(self) -> Iterator[Stored]:
        """Yield what is known of all artifacts, damaged ones too, ordered by kind and key; their files are not read."""
        for path in sorted(path for path in self._root.glob("[!.]*/[!.]*") if path.is_dir()):
            manifest = None
            with suppress(StorageError):
                manifest = _manifest(path)
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
                manifest = _manifest(path.parent)
            except StorageError:
                continue
            if wanted == {name: manifest["inputs"].get(name) for name in wanted}:
                matching.append((manifest["made_at"], path.parent.name))
        return [key for _, key in sorted(matching, reverse=True)]

    def _make(
        self, kind: str, key: str, inputs: Mapping[str, object], make: Callable[[Path], Mapping[str, object]]
    ) -> Artifact:
        path = self._root / kind / key
        if path.exists():
            self._remove_damaged(kind, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        making = self._root / ".making" / f"{kind}.{key}"
        # Since we hold the lock, anything here was left by a process that died.
        discard(making)
        making.mkdir(parents=True)
        try:
            made_at, started = datetime.now(UTC), time.perf_counter()
            facts = make(making)
            files = _files(making)
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
            manifest["digest"] = digest_of(manifest)
            text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
            (making / MANIFEST).write_text(text, encoding="utf-8")
            publish(making, path)
        finally:
            discard(making)
        return Artifact(kind, key, path, _plain(inputs), _plain(facts), files, made=True)

    def _remove_damaged(self, kind: str, key: str) -> None:
        try:
            self.open(kind, key)
        except StorageError as error:
            log.warning("A damaged artifact is made again. %s: got %s.", error.subject, error.got)
        discard(self._root / kind / key)

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


@cache
def _digest_of_unchanged(path: Path, mtime_ns: int) -> str:  # noqa: ARG001 - a changed file is read again
    """Return the digest of a file, which a process computes once."""
    return digest_of_file(path)


def key_of(kind: str, inputs: Mapping[str, object]) -> str:
    """Return the key of the artifact of some inputs."""
    assert "kind" not in inputs, "inputs must not have a member called kind"
    return digest_of({"kind": kind, **inputs})


def _files(folder: Path) -> dict[str, dict[str, object]]:
    return {
        str(path.relative_to(folder)): {"size_bytes": path.stat().st_size, "digest": digest_of_file(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _manifest(path: Path) -> dict[str, Any]:
    file = path / MANIFEST
    if not path.is_dir():
        raise StorageError(
            str(path),
            got="no such artifact",
            expected="an artifact of an earlier run",
            remedy="Run the experiment again.",
        )
    expected = "a valid manifest, as every artifact has"
    try:
        manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(file, str(error), expected) from error
    if not isinstance(manifest, dict) or any(not isinstance(manifest.get(name), kind) for name, kind in _MEMBERS):
        raise _damaged(file, "JSON without the members of a manifest", expected)
    if manifest.pop("digest") != _digest_of_manifest(manifest):
        raise _damaged(file, "content that does not have the digest it states", expected)
    return manifest


def _digest_of_manifest(manifest: Mapping[str, object]) -> str | None:
    """Return the digest of everything else in a manifest, or None if a damaged character has none."""
    with suppress(ValueError):
        return digest_of(manifest)
    return None


def _damaged(file: Path, got: str, expected: str) -> StorageError:
    return StorageError(
        str(file),
        got=got,
        expected=expected,
        remedy="Run the experiment again, which makes it anew.",
    )


def _plain(value: Mapping[str, object]) -> dict[str, Any]:
    """Return the value as a later run reads it back from JSON, so that callers see no difference."""
    plain: dict[str, Any] = json.loads(json.dumps(value))
    return plain

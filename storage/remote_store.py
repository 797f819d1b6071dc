"""The remote store: artifacts in an object store, for workers that share no file system.

The store of a data root is a cache in front of it. A worker that needs an artifact fetches it, and one that makes an
artifact uploads it. Nothing depends on it: while it fails, everything is made and kept here.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeVar

from seqrec import stop
from seqrec.errors import ConfigError, StorageError
from seqrec.redact import redact_text
from storage.atomic_write import FULL
from storage.locks import TELL_AGAIN_S, Waiting
from storage.manifest import MANIFEST, check_files, read_manifest
from storage.object_store import ObjectStore

log = logging.getLogger("seqrec.store")

VARIABLE: Final = "SEQREC_REMOTE_STORE"
PROBE_S: Final = 8.0
TELL_AFTER_S: Final = 5.0
REST_S: Final = 60.0
"""How long a store that failed is left alone: its library may try for minutes before it gives up."""
_POLL_S: Final = 0.1

T = TypeVar("T")


class RemoteStore:
    """Artifacts under `URL/<kind>/<key>/`: the files under their digests, and the manifest, which is uploaded last.

    A reader begins with the manifest, so it never sees half an artifact. Two workers may upload the same artifact at
    once, even with other bits: each manifest names the files that belong to it.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._present: dict[tuple[str, str], bool] = {}
        """Whether a whole artifact is there, as far as this process knows."""
        self._answered = False
        self._rests_until = float("-inf")

    def check(self) -> None:
        """Check, once for each process, that the store can be read and written.

        Raises:
            ConfigError: It can't, or does not answer in time.
            Stopped: Stopping was requested while it waited.
        """
        if self._answered:
            return
        try:
            _awaited(self._objects.probe, patience_s=PROBE_S)
        except Exception as error:
            remedy = f"Correct {VARIABLE} or the credentials in the environment, or unset {VARIABLE}."
            if isinstance(error, ImportError):
                remedy = f"Install that library, for S3 with `pip install 'seqrec[s3]'`, or unset {VARIABLE}."
            raise ConfigError(
                VARIABLE,
                got=f"{self._objects.url}, which can't be used: {_reason(error)}",
                expected=f"a place that can be read and written, and that answers within {PROBE_S:.0f} seconds",
                remedy=remedy,
            ) from error
        self._answered = True

    def fetch(self, kind: str, key: str, folder: Path, waiting: Waiting) -> bool:
        """Copy an artifact into the empty `folder`, and return whether it is there and whole.

        A damaged artifact is named in a warning, and replaced by the next upload. So is a failure of the store.

        Raises:
            OSError: The disk of `folder` is full, or can't be written.
            Stopped: Stopping was requested meanwhile.
        """
        if self._rests:
            return False
        try:
            whole = _awaited(
                lambda: self._download(kind, key, folder), lambda: waiting(f"the remote store, to fetch the {kind}")
            )
        except StorageError as error:
            place, name = f"{self._objects.url}/{kind}/{key}", Path(error.subject).relative_to(folder)
            log.warning("The artifact %s is damaged, and will be replaced. %s: got %s.", place, name, error.got)
            whole = False
        except Exception as error:
            if isinstance(error, OSError) and error.errno in FULL:
                raise
            self._rest(f"The {kind} {key} could not be fetched", error, "What is missing here is made here")
            return False
        self._present[kind, key] = whole
        return whole

    def keep(self, kind: str, key: str, folder: Path, waiting: Waiting) -> None:
        """Upload the artifact in `folder` unless the store has it; a failure is a warning.

        Raises:
            Stopped: Stopping was requested meanwhile.
        """
        if self._rests or self._present.get((kind, key)):
            return
        try:
            _awaited(
                lambda: self._upload(kind, key, folder), lambda: waiting(f"the remote store, to upload the {kind}")
            )
        except Exception as error:  # noqa: BLE001 - each library has errors of its own
            self._rest(
                f"The {kind} {key} could not be uploaded", error, "It is kept here, and uploaded when it is next used"
            )
        else:
            self._present[kind, key] = True

    def _download(self, kind: str, key: str, folder: Path) -> bool:
        try:
            content = self._objects.read(f"{kind}/{key}/{MANIFEST}")
        except FileNotFoundError:
            return False
        (folder / MANIFEST).write_bytes(content)
        files = _files_of(folder, kind, key)
        for name, file in files.items():
            stop.check()
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                self._objects.get(f"{kind}/{key}/{file['digest']}", folder / name)
            except FileNotFoundError:
                # The check below says so.
                continue
        check_files(folder, files)
        return True

    def _upload(self, kind: str, key: str, folder: Path) -> None:
        is_known_to_lack = self._present.get((kind, key)) is False
        if not is_known_to_lack and self._objects.exists(f"{kind}/{key}/{MANIFEST}"):
            return
        for name, file in read_manifest(folder)["files"].items():
            stop.check()
            self._objects.put(folder / name, f"{kind}/{key}/{file['digest']}")
        self._objects.put(folder / MANIFEST, f"{kind}/{key}/{MANIFEST}")

    @property
    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, what: str, error: Exception, consequence: str) -> None:
        self._rests_until = time.monotonic() + REST_S
        why = f"because the remote store {self._objects.url} failed: {_reason(error)}"
        log.warning("%s, %s. %s. The remote store is left alone for %.0f s.", what, why, consequence, REST_S)


@cache
def remote_store(url: str | None) -> RemoteStore | None:
    """Return the remote store at a URL, one for the whole process, or None if there is no URL."""
    return None if url is None else RemoteStore(ObjectStore(url))


def _files_of(folder: Path, kind: str, key: str) -> dict[str, dict[str, Any]]:
    """Return the files of the manifest in `folder`, which came from elsewhere, so it is not trusted.

    Raises:
        StorageError: It is damaged, belongs to another artifact, or names a file outside of the folder.
    """
    manifest, here = read_manifest(folder), folder.resolve()
    files: dict[str, dict[str, Any]] = manifest["files"]
    is_ours = (manifest.get("kind"), manifest.get("key")) == (kind, key)
    if not is_ours or not all((here / name).resolve().is_relative_to(here) for name in files):
        raise StorageError(
            str(folder / MANIFEST),
            got="the manifest of another artifact, or files outside of its folder",
            expected=f"the manifest of the {kind} {key}",
            remedy="No action is needed: the artifact is replaced.",
        )
    return files


def _awaited(work: Callable[[], T], tell: Callable[[], object] | None = None, patience_s: float = float("inf")) -> T:
    """Return the result of work in a thread of its own, so that a request to stop ends the wait, and not the network.

    Args:
        work: The work.
        tell: Called after some seconds, and then twice a minute.
        patience_s: When to give up.

    Raises:
        TimeoutError: Patience ended.
        Stopped: Stopping was requested.
    """
    future: Future[T] = Future()
    started = time.monotonic()
    tell_at = started + TELL_AFTER_S

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    while not wait([future], _POLL_S).done:
        stop.check()
        now = time.monotonic()
        if now - started > patience_s:
            raise TimeoutError("it does not answer")
        if tell is not None and now > tell_at:
            tell_at = now + TELL_AGAIN_S
            tell()
    return future.result()


def _reason(error: Exception) -> str:
    return redact_text(str(error) or type(error).__name__)

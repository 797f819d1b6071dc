"""Atomic writes, and clear errors for disks that are full or not writable."""

import errno
import os
import resource
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from seqrec.errors import StorageError

REMEDY: Final = (
    "Free disk space, fix the permissions, or choose another folder: with --data for a download, with "
    "SEQREC_DATA_ROOT for everything else."
)
FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


@contextmanager
def writing(folder: Path, remedy: str = REMEDY) -> Iterator[None]:
    """Turn a failure to write under `folder` into an error that says what to do.

    Other errors of the block pass through, such as an unreadable file elsewhere.

    Raises:
        StorageError: The disk is full or read-only, or something under `folder` can't be created or written.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL and not _lies_under(error.filename, folder):
            raise
        raise _unwritable(folder, error.strerror or str(error), remedy) from error
    except Exception as error:
        # Polars reports a full disk only in its message, which ends with the number of the system error.
        if not type(error).__module__.startswith("polars") or not any(
            f"os error {number}" in str(error) for number in FULL
        ):
            raise
        raise _unwritable(folder, str(error), remedy) from error


@contextmanager
def atomic_write(path: Path, remedy: str = REMEDY) -> Iterator[Path]:
    """Yield a path to write to, which replaces `path` durably if the block succeeds.

    Args:
        path: The file or folder to write.
        remedy: What to do if it can't be written.

    Raises:
        StorageError: The disk is full or read-only, or the folder can't be written.
    """
    folder = path.parent
    hidden = folder / f".{path.name}.{uuid.uuid4().hex}"
    with writing(folder, remedy):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield hidden
            publish(hidden, path)
        finally:
            discard(hidden)


def check_room(folder: Path, n_bytes: int) -> None:
    """Check that a file in `folder` may grow to `n_bytes`.

    Raises:
        StorageError: The disk has less free space, or the system limits the size of files.
    """
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise _unwritable(folder, f"{free:,} bytes of free disk space, where {n_bytes:,} bytes are needed", REMEDY)
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit != resource.RLIM_INFINITY and limit < n_bytes:
        got = f"a limit of {limit:,} bytes for each file, where {n_bytes:,} bytes are needed"
        raise _unwritable(folder, got, "Raise the limit of the shell with `ulimit -f unlimited`.")


def is_writable(path: Path) -> bool:
    """Return whether the file `path` can be changed, or created in its folder, by this user on this file system."""
    looked_at = [path.parent, path] if path.exists() else [path.parent]
    return all(os.access(one, os.W_OK, effective_ids=True) for one in looked_at)


def publish(source: Path, target: Path) -> None:
    """Force the file or folder `source` to disk, and rename it to `target` in the same folder."""
    for folder, _, files in os.walk(source):
        for name in files:
            _sync(Path(folder) / name)
        _sync(Path(folder))
    if source.is_file():
        _sync(source)
    source.replace(target)
    _sync(target.parent)


def discard(path: Path) -> None:
    """Remove the file or folder `path` if it exists."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lies_under(name: object, folder: Path) -> bool:
    if not isinstance(name, str):
        return False
    path = Path(name).absolute()
    # If a file is in the place of one of our folders, the error names that file, which may be above `folder`.
    return path.is_relative_to(folder) or folder.is_relative_to(path)


def _unwritable(folder: Path, reason: str, remedy: str) -> StorageError:
    return StorageError(
        str(folder),
        got=reason,
        expected="a writable folder on a disk with free space",
        remedy=remedy,
    )

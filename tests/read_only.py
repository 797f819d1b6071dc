"""A folder that can only be read, also by root."""

import ctypes
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_VERSION = 0x20080522
"""Version 3 of the structures of `capset`, see capset(2)."""
_DAC_OVERRIDE = 1 << 1
"""The capability to write what the permissions forbid."""


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the permission to write in `folder` away during the block, for this thread."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths if not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & ~_WRITE)
    header, held = (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.capget(header, held))
    dropped = (ctypes.c_uint32 * 6)(*held)
    dropped[0] &= ~_DAC_OVERRIDE
    _checked(libc.capset(header, dropped))
    try:
        yield
    finally:
        _checked(libc.capset(header, held))
        for path, mode in modes.items():
            path.chmod(mode)


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

"""Files in an object store: S3, Google Cloud Storage, Azure, a shared folder, or whatever else fsspec reaches.

Credentials come from the environment, as the library of each store reads them. fsspec is imported when a store is first
used, because that takes a tenth of a second.
"""

import shutil
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from storage.atomic_write import atomic_write

PROBE: Final = ".probe"
"""The object that is written to see whether a store can be written; it stays, since not everybody may delete."""


class ObjectStore:
    """Objects below a URL, such as `s3://bucket/seqrec`, each of which is replaced as a whole.

    Each method raises whatever the library of the store raises; only a missing object is always a `FileNotFoundError`.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def probe(self) -> None:
        """Write a small object and read it back; a shared folder must exist, so that nobody writes below a mount."""
        if self._is_folder and not Path(self._root).is_dir():
            raise FileNotFoundError(f"there is no folder {self._root}")
        content = b"seqrec"
        if self._is_folder:
            with atomic_write(Path(self._path(PROBE))) as hidden:
                hidden.write_bytes(content)
        else:
            self._file_system.pipe_file(self._path(PROBE), content)
        if self.read(PROBE) != content:
            raise OSError(f"{PROBE} does not contain what was written to it")

    def exists(self, name: str) -> bool:
        """Return whether there is an object with this name."""
        return bool(self._file_system.exists(self._path(name)))

    def read(self, name: str) -> bytes:
        """Return the content of a small object."""
        content: bytes = self._file_system.cat_file(self._path(name))
        return content

    def get(self, name: str, target: Path) -> None:
        """Copy an object into the file `target`."""
        self._file_system.get_file(self._path(name), str(target))

    def put(self, source: Path, name: str) -> None:
        """Copy the file `source` into an object, which replaces an earlier one."""
        if self._is_folder:
            # An object store replaces an object at once, a file system only renames at once.
            with atomic_write(Path(self._path(name))) as hidden:
                shutil.copyfile(source, hidden)
        else:
            self._file_system.put_file(str(source), self._path(name))

    @property
    def _is_folder(self) -> bool:
        return bool(getattr(self._file_system, "local_file", False))

    @property
    def _file_system(self) -> Any:  # noqa: ANN401 - fsspec has no types
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs  # noqa: PLC0415

        file_system, root = url_to_fs(self.url)
        return file_system, str(root)

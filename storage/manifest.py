"""The manifest of an artifact: what it was made from, and the size and digest of each of its files."""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from seqrec.digest import digest_of, digest_of_file
from seqrec.errors import StorageError

MANIFEST: Final = "manifest.json"
_MEMBERS: Final = (("inputs", dict), ("facts", dict), ("files", dict), ("made_at", str), ("digest", str))
"""The members of a manifest that are read, and their types."""


def write_manifest(folder: Path, manifest: Mapping[str, object]) -> None:
    """Write the manifest of the artifact in `folder`, with its own digest."""
    text = json.dumps({**manifest, "digest": digest_of(manifest)}, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of the artifact in `folder`, without its digest.

    Raises:
        StorageError: There is no artifact, or its manifest is damaged.
    """
    file = folder / MANIFEST
    if not folder.is_dir():
        raise StorageError(
            str(folder),
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


def describe_files(folder: Path) -> dict[str, dict[str, object]]:
    """Return the size and digest of each file below `folder`, by its path in it."""
    return {
        str(path.relative_to(folder)): {"size_bytes": path.stat().st_size, "digest": digest_of_file(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def check_files(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that the files in `folder` are those that its manifest describes.

    Raises:
        StorageError: One is missing or differs.
    """
    for name, file in files.items():
        path = folder / name
        stat = path.stat() if path.is_file() else None
        if stat is None or stat.st_size != file["size_bytes"]:
            got = "no file" if stat is None else f"{stat.st_size} bytes"
            raise _damaged(path, got, f"{file['size_bytes']} bytes")
        digest = _digest_of_unchanged(path, stat.st_mtime_ns)
        if digest != file["digest"]:
            raise _damaged(path, f"content with the digest {digest}", file["digest"])


@cache
def _digest_of_unchanged(path: Path, mtime_ns: int) -> str:  # noqa: ARG001 - a changed file is read again
    """Return the digest of a file, which a process computes once."""
    return digest_of_file(path)


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

"""What stored artifacts refer to, and what is therefore needed as long as some of them are.

The inputs of an artifact name by key what it was made from. Training data have two names: the key of their artifact,
and a key of their content alone, so that protocols that differ only in the test share their models.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from seqrec.digest import digest_of
from storage.files import TRAINING

_PART = f"{TRAINING}/"


def training_key(files: Mapping[str, Any]) -> str:
    """Return a key of the training part of an artifact that depends only on its content.

    Args:
        files: The files of the artifact, as in its manifest.
    """
    return digest_of({name: file["digest"] for name, file in files.items() if name.startswith(_PART)})


def unnamed(key: str) -> str:
    """Return what stands for the key of an artifact where naming it would keep it.

    A model that begins with an earlier one depends on it, and on all before that. Such a chain grows every night, so it
    must not be kept whole; what needs the last link names it elsewhere.
    """
    return digest_of({"unnamed": key})


class References:
    """Which artifacts refer to which.

    Args:
        manifests: The manifests by key; None for an artifact whose manifest is damaged, so that its inputs are unknown.
    """

    def __init__(self, manifests: Mapping[str, Mapping[str, Any] | None]) -> None:
        named: dict[str, set[str]] = {key: {key} for key in manifests}
        for key, manifest in manifests.items():
            if manifest is not None and any(name.startswith(_PART) for name in manifest["files"]):
                named.setdefault(training_key(manifest["files"]), set()).add(key)
        self._named = named
        self._used_by = {
            key: frozenset() if manifest is None else self.named(_texts(manifest["inputs"])) - {key}
            for key, manifest in manifests.items()
        }

    def named(self, texts: Iterable[str]) -> frozenset[str]:
        """Return the keys of the artifacts that some texts name; other texts are ignored."""
        return frozenset(key for text in texts for key in self._named.get(text, ()))

    def reachable(self, roots: Iterable[str]) -> frozenset[str]:
        """Return the keys of the artifacts that some texts name, and of all that those were made from."""
        found: set[str] = set()
        waiting = list(self.named(roots))
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += self._used_by[key]
        return frozenset(found)

    def users_first(self, keys: Collection[str]) -> list[str]:
        """Return some keys in an order in which each artifact comes before those that it was made from."""
        chosen = set(keys)
        order = TopologicalSorter({key: self._used_by[key] & chosen for key in sorted(chosen)}).static_order()
        return list(order)[::-1]


def _texts(value: object) -> Iterator[str]:
    """Yield all texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)

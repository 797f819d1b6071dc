"""Overrides of single settings of a raw configuration: `a.b.c=value`."""

import tomllib
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from seqrec.config.base import Config
from seqrec.config.tree import Node
from seqrec.errors import ConfigError
from seqrec.redact import redact_text

Raw = dict[str, Any]
"""What a TOML file holds."""


def override(raw: Raw, config: type[Config], assignments: Sequence[str]) -> Raw:
    """Returns a copy of `raw` with the assignments applied one after the other.

    `*` matches every key at its level whose value has the rest of the path as a setting:
    `models.*.training.max_epochs=2` changes all models that are trained in epochs, and no others. Values are
    written as in TOML; anything else is taken as text.

    Args:
        raw: The values as they were read.
        config: The class that they will become.
        assignments: Texts such as `protocol.core.users=0`.

    Raises:
        ConfigError: An assignment has no `=`, leads through a value that is not a table, or its `*` matches
            nothing.
    """
    changed = deepcopy(raw)
    for assignment in assignments:
        path, value = _parse(assignment)
        paths = _expand(changed, path)
        if "*" in path:
            paths = [found for found in paths if Node(config, changed).descend(found)]
        if not paths:
            raise ConfigError(
                redact_text(f"--set {assignment}"),
                got=f"no setting that matches {'.'.join(path)}",
                expected="a * that matches at least one key with that setting",
                remedy="Check the spelling, or write a key in place of the *.",
            )
        for found in paths:
            _assign(changed, found, value, assignment)
    return changed


def _parse(assignment: str) -> tuple[list[str], object]:
    key, equals, text = assignment.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise ConfigError(
            redact_text(f"--set {assignment}"),
            got="no key with a value",
            expected="key.key=value, such as protocol.core.users=0",
            remedy="Write it like that, in quotes if the shell would interpret the value.",
        )
    return path, _value(text.strip())


def _value(text: str) -> object:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"] if len(parsed) == 1 else text


def _expand(raw: object, path: Sequence[str]) -> list[list[str]]:
    """Returns the paths that `path` matches, each `*` replaced by the existing keys."""
    if not path:
        return [[]]
    table = raw if isinstance(raw, dict) else {}
    keys = list(table) if path[0] == "*" else [path[0]]
    return [[key, *rest] for key in keys for rest in _expand(table.get(key), path[1:])]


def _assign(raw: Raw, path: Sequence[str], value: object, assignment: str) -> None:
    table = raw
    for key in path[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise ConfigError(
                redact_text(f"--set {assignment}"),
                got=f"{key}, which is a single value",
                expected="a table above each dot",
                remedy=f"Set {key} itself, or check the spelling.",
            )
    table[path[-1]] = value

"""One error for everything that pydantic finds wrong in a configuration; it names every key at fault."""

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import groupby
from types import UnionType
from typing import Union, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from seqrec.config.base import Config
from seqrec.config.reference import Key
from seqrec.config.tree import Node
from seqrec.errors import ConfigError
from seqrec.redact import redact


def config_error(source: str, config: type[Config], raw: object, invalid: ValidationError) -> ConfigError:
    """Returns one error that lists every mistake.

    Args:
        source: Where the configuration comes from, as the user knows it.
        config: The class that `raw` was validated against.
        raw: The values as they were read.
        invalid: The error that pydantic raised.
    """
    root = Node(config, raw)
    problems: list[ConfigError] = []
    for keys, group in groupby(invalid.errors(), lambda error: _alternatives(root, error)):
        errors = list(group)
        if keys and len(errors) > 1:
            problems.append(_no_alternative(source, root, keys))
        else:
            problems += [problem for error in errors for problem in _problems(source, root, error)]
    if len(problems) == 1:
        return problems[0]
    return ConfigError(
        source,
        got=f"{len(problems)} mistakes",
        expected="none",
        remedy="Correct each:" + "".join(f"\n  {str(problem).removeprefix(f'{source}: ')}" for problem in problems),
    )


def suggestion(word: str, known: tuple[str, ...], otherwise: str) -> str:
    """Returns a remedy that names the known word closest to `word`, or else `otherwise`."""
    close = get_close_matches(word, known, n=1)
    return f"Did you mean '{close[0]}'?" if close else otherwise


def _problems(source: str, root: Node, error: ErrorDetails) -> Iterator[ConfigError]:
    keys, parent, place = _locate(root, error["loc"])
    subject = ": ".join([source, *([".".join(keys)] if keys else [])])
    match error["type"]:
        case "value_error" if keys and not place.configs:
            remedy = "Correct the value; `seqrec describe` explains each key."
            yield ConfigError(subject, got=str(error["ctx"]["error"]), expected="a value of this key", remedy=remedy)
        case "value_error":
            # One of our own rules over several keys; each line is one breach of it.
            for breach in str(error["ctx"]["error"]).splitlines():
                yield ConfigError(
                    subject, got=breach, expected="settings that fit together", remedy="Change one of them."
                )
        case "extra_forbidden":
            known = tuple(parent.chosen.model_fields) if parent.chosen else ()
            yield ConfigError(
                subject,
                got="an unknown key",
                expected=f"one of {', '.join(known)}",
                remedy=suggestion(keys[-1], known, "Remove it."),
            )
        case "missing":
            yield ConfigError(subject, got="nothing", expected="a value", remedy="Add it; there is no default.")
        case "union_tag_invalid" | "union_tag_not_found":
            tag = error["ctx"].get("tag")
            yield ConfigError(
                f"{subject}.name",
                got=_shown(tag) if tag else "nothing",
                expected=f"one of {', '.join(place.names)}",
                remedy=suggestion(str(tag), place.names, "Choose one of them."),
            )
        case "model_type" | "model_attributes_type" | "dict_type":
            yield ConfigError(
                subject, got=_shown(error["input"]), expected="a table", remedy="Give it keys of its own."
            )
        case _:
            expected = re.sub(r"^(\w+) should ", r"a \1 to ", error["msg"].removeprefix("Input should be "))
            yield ConfigError(subject, got=_shown(error["input"]), expected=expected, remedy="Correct the value.")


def _alternatives(root: Node, error: ErrorDetails) -> tuple[str, ...]:
    """Returns the keys of a value that may be of several types, each of which has errors of its own; or nothing."""
    keys, parent, place = _locate(root, error["loc"])
    is_union = get_origin(place.annotation) in (Union, UnionType) and not place.configs and parent.chosen is not None
    return (*keys[:-1], keys[-1].partition("[")[0]) if is_union else ()


def _no_alternative(source: str, root: Node, keys: tuple[str, ...]) -> ConfigError:
    """Returns one error for a value that is of none of the types that it may have."""
    _, parent, place = _locate(root, keys)
    assert parent.chosen is not None, "the value is one of a configuration"
    expected = Key.of(parent.chosen.model_json_schema()).find(keys[-1:]).type
    subject = f"{source}: {'.'.join(keys)}"
    return ConfigError(subject, got=_shown(place.raw), expected=expected, remedy="Correct the value.")


def _locate(root: Node, loc: tuple[int | str, ...]) -> tuple[list[str], Node, Node]:
    """Returns the user's keys in pydantic's location, the parent of the last of them, and its own place.

    Pydantic's location also names members of unions and marks keys that are themselves at fault. Users wrote
    neither.
    """
    keys: list[str] = []
    parent, place = root, root
    for part in loc:
        if part == "[key]" or (not place.is_mapping and len(place.configs) > 1 and part in place.names):
            continue
        if isinstance(part, int):
            keys[-1] += f"[{part}]"
        elif place.is_mapping or place.chosen:
            keys.append(part)
            parent, place = place, place.child(part) or Node(None)
    return keys, parent, place


def _shown(value: object) -> str:
    text = redact("value", f"'{value}'" if isinstance(value, str) else json.dumps(value, default=str))
    return text if len(text) <= 80 else f"{text[:77]}..."

"""The values of a configuration in TOML."""

import json
from collections.abc import Mapping


def toml_value(value: object) -> str:
    """Returns a value in TOML, on one line.

    Args:
        value: A text, a number, a Boolean, or a list or mapping of these; the keys of a mapping must be bare keys.
    """
    match value:
        case str():
            # Every JSON string is a TOML string, except for this one character, which JSON need not escape.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            pairs = ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case list() | tuple():
            return f"[{', '.join(map(toml_value, value))}]"
        case _:
            return json.dumps(value)

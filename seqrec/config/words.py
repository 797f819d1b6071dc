"""The types of a configuration in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from seqrec.config.toml import toml_value

Schema = Mapping[str, Any]
"""A JSON Schema, or a part of one."""

_NOUNS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "array": "a list",
    "object": "a table",
}
_FORMATS = {"path": "a path", "date-time": "a date or date-time", "environment": "environment variables"}
_BOUNDS = {
    "exclusiveMinimum": "above {}",
    "minimum": "of at least {}",
    "exclusiveMaximum": "below {}",
    "maximum": "at most {}",
}


def type_in_words(schema: Schema) -> str:
    """Returns what `schema` allows, in words such as "a whole number above 0".

    Args:
        schema: A schema without references and without null, which TOML does not have.
    """
    match schema:
        case {"const": value}:
            words = toml_value(value)
        case {"enum": values}:
            words = f"one of {_listed(values)}"
        case {"discriminator": {"mapping": names, "propertyName": key}}:
            words = f"a table whose {key} is one of {_listed(names)}"
        case {"anyOf": others}:
            words = " or ".join(map(type_in_words, others))
        case {"additionalProperties": {"additionalProperties": Mapping() as inner}}:
            words = f"for each label and each key of your own, {type_in_words(inner)}"
        case {"additionalProperties": Mapping() as labelled}:
            words = f"for each label of your own, {type_in_words(labelled)}"
        case {"type": "array", "items": items}:
            words = f"a list{_number(schema.get('minItems', 0), schema.get('maxItems'))}, each {type_in_words(items)}"
        case _:
            words = _value_in_words(schema)
    return words


def _value_in_words(schema: Schema) -> str:
    words = _FORMATS.get(schema.get("format", "")) or _NOUNS.get(schema.get("type", ""), "any value")
    bounds = [phrase.format(_digits(schema[keyword])) for keyword, phrase in _BOUNDS.items() if keyword in schema]
    if bounds:
        return f"{words} {' and '.join(bounds)}"
    if "pattern" in schema:
        return str(schema.get("words") or f"{words} that matches `{schema['pattern']}`")
    return f"{words} that is not empty" if schema.get("minLength") else words


def _number(least: int, most: int | None) -> str:
    if least == most:
        return f" of {least}"
    return f" of at least {least}" if least > 1 else " that is not empty" * least


def _digits(bound: int | float) -> str:
    return toml_value(bound).removesuffix(".0")


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(toml_value, values))

"""The type, default and meaning of every key of a configuration, read from the JSON Schema of its class.

Pydantic derives the schema from the classes, so a new field, model or dataset appears here by itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from seqrec.config.toml import toml_value
from seqrec.config.words import Schema, type_in_words
from seqrec.errors import ConfigError

_FOR_PROGRAMMERS = re.compile(r"(Args|Attributes|Raises|Returns):")
"""How a docstring's paragraph begins if it describes Python rather than a configuration file."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a configuration: a value, a table with keys of its own, or a choice among named tables.

    Labels that users choose are skipped: the models come directly below `models`, as in `models.sasrec`.
    """

    path: tuple[str, ...]
    """The keys and names that lead here; empty for the whole configuration."""
    schema: Schema
    """The schema of this key, with its references resolved."""
    definitions: Mapping[str, Schema]
    """The schemas that references point to, by name."""
    note: str = ""
    """The docstring under the field."""
    required: bool = False
    default: object = None
    """The value if the key is left out; None without a default."""

    @classmethod
    def of(cls, schema: Schema) -> "Key":
        """Returns the root key of a configuration, given the JSON Schema of its class."""
        return cls((), schema, schema.get("$defs", {}))

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1] if self.path else ""

    @property
    def dotted(self) -> str:
        """The path as a user writes it, such as `models.sasrec.training`."""
        return ".".join(self.path)

    @property
    def type(self) -> str:
        """The values that are allowed here, in words."""
        return type_in_words(self.schema)

    @property
    def default_toml(self) -> str:
        """The default in TOML. A table shows only what differs from the defaults of its keys; empty if nothing does."""
        if not isinstance(self.default, Mapping):
            return "" if self.default is None else toml_value(self.default)
        table = next((choice for choice in self.choices if choice.name == self.default.get("name")), self)
        known = table.schema.get("properties", {})
        own = {name: schema.get("default") for name, schema in known.items() if "const" not in schema}
        ours = {name: value for name, value in self.default.items() if value != own.get(name, {})}
        return toml_value(ours) if ours else ""

    @property
    def text(self) -> str:
        """The full description: the docstring of the table, or else the one under the field."""
        return "\n\n".join(_paragraphs(self._table.get("description", ""))) or self.note

    @property
    def meaning(self) -> str:
        """The short description: the docstring under the field, or else the first paragraph of `text`."""
        if "const" in self.schema:
            return f"Chooses `{self.schema['const']}`."
        return self.note or self.text.partition("\n\n")[0]

    @property
    def keys(self) -> tuple["Key", ...]:
        """The keys of this table; empty for a value or a choice."""
        defaults = self.default if isinstance(self.default, Mapping) else {}
        return tuple(
            self._below(
                name,
                schema,
                required=name in self._table.get("required", ()) or "const" in schema,
                default=None if "const" in schema else defaults.get(name, schema.get("default")),
            )
            for name, schema in self._table.get("properties", {}).items()
        )

    @property
    def choices(self) -> tuple["Key", ...]:
        """The tables that `name` chooses among; empty if there is no choice."""
        mapping = self._table.get("discriminator", {}).get("mapping", {})
        return tuple(self._below(name, {"$ref": reference}) for name, reference in mapping.items())

    @property
    def below(self) -> tuple["Key", ...]:
        """The keys or choices one level below this one."""
        return self.keys or self.choices

    def find(self, path: Sequence[str]) -> "Key":
        """Returns the key at the end of a path that begins here.

        Raises:
            ConfigError: There is no such key; the error names the closest one.
        """
        here = self
        for word in path:
            found = next((key for key in here.below if key.name == word), None)
            if found is None:
                raise _unknown(word, here, self)
            here = found
        return here

    def walk(self) -> Iterator["Key"]:
        """Yields this key and all keys below it, parents first."""
        yield self
        for key in self.below:
            yield from key.walk()

    @property
    def _table(self) -> Schema:
        """The schema of each labelled value or list element, or else the schema of this key."""
        table = self.schema
        while isinstance(inner := table.get("items", table.get("additionalProperties")), Mapping):
            table = _resolve(inner, self.definitions)
        return table

    def _below(self, name: str, schema: Schema, *, required: bool = False, default: object = None) -> "Key":
        resolved = _resolve(schema, self.definitions)
        note = " ".join(_paragraphs(schema.get("description", "")))
        return Key((*self.path, name), resolved, self.definitions, note, required, default)


def _resolve(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Returns the schema without references, without null, and with one form for labels, whatever their pattern."""
    if "$ref" in schema:
        return definitions[schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in schema:
        others = [_resolve(other, definitions) for other in schema["anyOf"] if other.get("type") != "null"]
        return others[0] if len(others) == 1 else {**schema, "anyOf": others}
    if "items" in schema:
        return {**schema, "items": _resolve(schema["items"], definitions)}
    labelled = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")][0]
    return {**schema, "additionalProperties": _resolve(labelled, definitions)} if labelled else schema


def _paragraphs(docstring: str) -> Iterator[str]:
    """Yields the paragraphs of a docstring that are meant for users, each on one line."""
    for paragraph in docstring.split("\n\n"):
        if paragraph and not _FOR_PROGRAMMERS.match(paragraph):
            yield " ".join(paragraph.split())


def _unknown(word: str, here: Key, root: Key) -> ConfigError:
    beside = {key.name: key.dotted for key in here.below}
    elsewhere = {} if here.path else {key.name: key.dotted for key in reversed(list(root.walk()))}
    nearest = next((known[name] for known in (beside, elsewhere) for name in get_close_matches(word, known, n=1)), None)
    return ConfigError(
        ".".join([*here.path, word]),
        got="an unknown key",
        expected=f"one of {', '.join(beside)}" if beside else f"nothing below {here.dotted}, which is a single value",
        remedy=f"Did you mean '{nearest}'?" if nearest else "Check the spelling.",
    )

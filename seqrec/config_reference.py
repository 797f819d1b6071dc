"""What every key of a configuration is: type, default and meaning, read from the JSON Schema of its class.

Pydantic writes the schema from the classes, so a new field, model or dataset is here as soon as it is in the program.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from seqrec.config_words import Schema, toml_value, type_in_words
from seqrec.errors import ConfigError

_FOR_PROGRAMMERS = re.compile(r"(Args|Attributes|Raises|Returns):")
"""How a paragraph of a docstring begins that describes Python, not a configuration file."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a configuration: a value, a table with keys of its own, or a choice among named tables.

    Labels of the user's own are passed over: below `models` stand the models themselves, such as `models.sasrec`.
    """

    path: tuple[str, ...]
    """Keys and names that lead here; empty for the whole configuration."""
    schema: Schema
    """What may stand here, references resolved."""
    definitions: Mapping[str, Schema]
    """What references mean, by their names."""
    note: str = ""
    """The docstring under the field."""
    required: bool = False
    default: object = None
    """The value if the key is left out; None where there is none."""

    @classmethod
    def of(cls, schema: Schema) -> "Key":
        """The whole configuration, by the JSON Schema that pydantic writes of its class."""
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
        """What a user may write here, in words."""
        return type_in_words(self.schema)

    @property
    def default_toml(self) -> str:
        """The default in TOML. Of a table, only what differs from the defaults of its keys; empty if nothing does."""
        if not isinstance(self.default, Mapping):
            return "" if self.default is None else toml_value(self.default)
        table = next((choice for choice in self.choices if choice.name == self.default["name"]), self)
        own = {
            name: schema.get("default") for name, schema in table.schema["properties"].items() if "const" not in schema
        }
        ours = {name: value for name, value in self.default.items() if value != own.get(name)}
        return toml_value(ours) if ours else ""

    @property
    def text(self) -> str:
        """Everything there is to say: the docstring of the table, or else the one under the field."""
        return "\n\n".join(_paragraphs(self._table.get("description", ""))) or self.note

    @property
    def meaning(self) -> str:
        """One paragraph: the docstring under the field, or else the first paragraph of the table's."""
        if "const" in self.schema:
            return f"Chooses `{self.schema['const']}`."
        return self.note or self.text.partition("\n\n")[0]

    @property
    def keys(self) -> tuple["Key", ...]:
        """The keys of this table; none if it is a value or a choice."""
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
        """The tables among which `name` chooses; none if there is no choice."""
        mapping = self._table.get("discriminator", {}).get("mapping", {})
        return tuple(self._below(name, {"$ref": reference}) for name, reference in mapping.items())

    @property
    def below(self) -> tuple["Key", ...]:
        """How a path may go on from here."""
        return self.keys or self.choices

    def find(self, path: Sequence[str]) -> "Key":
        """The key at the end of a path that begins here.

        Raises:
            ConfigError: There is none; the error names the nearest.
        """
        here = self
        for word in path:
            found = next((key for key in here.below if key.name == word), None)
            if found is None:
                raise _unknown(word, here, self)
            here = found
        return here

    def walk(self) -> Iterator["Key"]:
        """This key and all below it, each before those below itself."""
        yield self
        for key in self.below:
            yield from key.walk()

    @property
    def _table(self) -> Schema:
        """The table under each label of the user's own, in each place of a list, or else here."""
        inner = self.schema.get("items", self.schema.get("additionalProperties"))
        return inner if isinstance(inner, Mapping) else self.schema

    def _below(self, name: str, schema: Schema, *, required: bool = False, default: object = None) -> "Key":
        resolved = _resolve(schema, self.definitions)
        note = " ".join(_paragraphs(schema.get("description", "")))
        return Key((*self.path, name), resolved, self.definitions, note, required, default)


def _resolve(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """The schema without references, without null, and with one form for labels, whatever pattern they must match."""
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
    """The paragraphs of a docstring that are for users, each on one line."""
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

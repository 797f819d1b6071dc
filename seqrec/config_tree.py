"""Walking the types of a configuration alongside its raw values, as they come from a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from seqrec.config import Config, name_of


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a configuration: the type that belongs there, and the raw value that stands there."""

    annotation: Any
    raw: object = None

    @property
    def configs(self) -> tuple[type[Config], ...]:
        """The configuration classes that the type allows."""
        return tuple(_configs(self.annotation))

    @property
    def names(self) -> tuple[str, ...]:
        """The `name` of each class, where the raw value must choose among several."""
        return tuple(name_of(config) for config in self.configs if "name" in config.model_fields)

    @property
    def chosen(self) -> type[Config] | None:
        """The class that the raw value chooses, by its `name` where there are several."""
        if len(self.configs) == 1:
            return self.configs[0]
        name = self.raw.get("name") if isinstance(self.raw, dict) else None
        return next((config for config in self.configs if name_of(config) == name), None)

    @property
    def is_mapping(self) -> bool:
        """Whether the keys are the user's own."""
        return get_origin(self.annotation) is dict

    def child(self, key: str | int) -> "Node | None":
        """The place under `key`, or None where the type has no such place."""
        raw = self.raw.get(key) if isinstance(self.raw, dict) else None
        if self.is_mapping:
            return Node(get_args(self.annotation)[1], raw)
        fields = self.chosen.model_fields if self.chosen else {}
        return Node(fields[key].annotation, raw) if isinstance(key, str) and key in fields else None

    def descend(self, path: Sequence[str]) -> "Node | None":
        """The place under a path of keys, or None where the types have no such place."""
        node: Node | None = self
        for key in path:
            node = node.child(key) if node else None
        return node


def _configs(annotation: Any) -> list[type[Config]]:  # noqa: ANN401 - types made at run time have no static name
    if isinstance(annotation, type) and issubclass(annotation, Config):
        return [annotation]
    if get_origin(annotation) in (dict, tuple):
        return []
    return [config for inner in get_args(annotation) for config in _configs(inner)]

"""A walk through the types of a configuration alongside the raw values of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from seqrec.config.base import Config, name_of


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a configuration: its type and its raw value."""

    annotation: Any
    raw: object = None

    @property
    def configs(self) -> tuple[type[Config], ...]:
        """The configuration classes that the type allows here."""
        return tuple(_configs(self.annotation))

    @property
    def names(self) -> tuple[str, ...]:
        """The `name` of each class that has one."""
        return tuple(name_of(config) for config in self.configs if "name" in config.model_fields)

    @property
    def chosen(self) -> type[Config] | None:
        """The class that the raw value selects: by `name` if there are several."""
        if len(self.configs) == 1:
            return self.configs[0]
        name = self.raw.get("name") if isinstance(self.raw, dict) else None
        return next((config for config in self.configs if name_of(config) == name), None)

    @property
    def is_mapping(self) -> bool:
        """Whether users choose the keys."""
        return get_origin(self.annotation) is dict

    def child(self, key: str | int) -> "Node | None":
        """Returns the place under `key`, or None if the type has no such key."""
        raw = self.raw.get(key) if isinstance(self.raw, dict) else None
        if self.is_mapping:
            return Node(get_args(self.annotation)[1], raw)
        fields = self.chosen.model_fields if self.chosen else {}
        return Node(fields[key].annotation, raw) if isinstance(key, str) and key in fields else None

    def descend(self, path: Sequence[str]) -> "Node | None":
        """Returns the place under a path of keys, or None if the types have no such path."""
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

"""The one way from our dataclasses to JSON and back."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

V = TypeVar("V", bound="Value")


class Value:
    """A dataclass whose fields JSON can express."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON-able values."""
        raw: dict[str, Any] = TypeAdapter(type(self)).dump_python(self, mode="json")
        return raw

    @classmethod
    def from_json(cls: type[V], raw: object) -> V:
        """The value that `to_json` wrote; a pydantic `ValidationError` if `raw` is anything else."""
        return TypeAdapter(cls).validate_python(raw)

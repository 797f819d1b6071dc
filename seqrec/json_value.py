"""The conversion of our dataclasses to JSON and back."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

V = TypeVar("V", bound="Value")


class Value:
    """A dataclass whose fields can be written as JSON."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Returns the fields as JSON-serialisable values."""
        raw: dict[str, Any] = TypeAdapter(type(self)).dump_python(self, mode="json")
        return raw

    @classmethod
    def from_json(cls: type[V], raw: object) -> V:
        """Restores the value that `to_json` wrote; raises a pydantic `ValidationError` if `raw` is anything else."""
        return TypeAdapter(cls).validate_python(raw)

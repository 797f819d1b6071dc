"""The strict base class of every configuration, and unions of configurations discriminated by their `name`.

A configuration says what is learnt. How and where it is learnt (paths, devices, workers) belongs to the settings.
"""

from importlib import import_module
from typing import Annotated, Any, TypeVar, Union

from pydantic import BaseModel, ConfigDict, Field, Strict

from seqrec.config.pattern import Pattern
from seqrec.digest import digest_of

T = TypeVar("T")

Listed = Annotated[tuple[T, ...], Strict(False)]  # noqa: FBT003 - pydantic's own signature
"""A tuple that may be given as a list, since TOML and JSON have no tuples; its members stay strict."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A part of a whole."""

Slug = Annotated[
    str,
    Pattern(
        r"^[a-z0-9][a-z0-9_-]*$", "a name of lower-case letters, digits, `-` and `_` that begins with a letter or digit"
    ),
]
"""A name that can also be used in paths, labels and pages."""


class Config(BaseModel):
    """A frozen configuration that coerces no types and accepts no unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    @property
    def digest(self) -> str:
        """The content digest of this configuration: equal digests mean equal values, defaults included."""
        return digest_of(self.model_dump(mode="json"))


def members(package: str, *names: str) -> tuple[Any, ...]:
    """The classes called `Config` in the modules `names` of `package`, in that order."""
    return tuple(import_module(f"{package}.{name}").Config for name in names)


def union(configs: tuple[type[Config], ...]) -> Any:  # noqa: ANN401 - a type made at run time has no static name
    """The union of `configs`, discriminated by their `name`."""
    return Annotated[Union[configs], Field(discriminator="name")]  # noqa: UP007 - built from a tuple


def name_of(config: type[Config]) -> str:
    """The `name` that selects `config` in a configuration file."""
    return str(config.model_fields["name"].default)

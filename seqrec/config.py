"""The strict base of every configuration object, and the union that finds one by its `name`.

A configuration says what is learnt. How and where it runs (paths, devices, workers) are settings, and never here.
"""

from importlib import import_module
from typing import Annotated, Any, TypeVar, Union

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from seqrec.digest import digest_of

T = TypeVar("T")

Listed = Annotated[tuple[T, ...], Strict(False)]  # noqa: FBT003 - pydantic's own signature
"""A tuple that TOML and JSON, which know only lists, can fill; its members stay strict."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
"""A name that is also fit for paths, labels and pages."""


class Config(BaseModel):
    """Frozen, without coercion of types, and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    @property
    def digest(self) -> str:
        """Content digest of this configuration: equal digests mean equal values, defaults included."""
        return digest_of(self.model_dump(mode="json"))


def members(package: str, *names: str) -> tuple[Any, ...]:
    """The classes called `Config` in the modules `names` of `package`, in that order."""
    return tuple(import_module(f"{package}.{name}").Config for name in names)


def union(configs: tuple[type[Config], ...]) -> Any:  # noqa: ANN401 - a type made at run time has no static name
    """The type whose values are any of `configs`, told apart by their `name`."""
    return Annotated[Union[configs], Field(discriminator="name")]  # noqa: UP007 - built from a tuple


def name_of(config: type[Config]) -> str:
    """The `name` by which a configuration file asks for `config`."""
    return str(config.model_fields["name"].default)

"""Configurations by name, with settings: what files, commands and notebooks write down becomes one checked object."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError

from seqrec.config import Config, name_of
from seqrec.config_errors import config_error, suggestion
from seqrec.errors import ConfigError

C = TypeVar("C", bound=Config)


def choose(
    configs: Sequence[type[C]], chosen: str | Mapping[str, object] | C, what: str, settings: Mapping[str, object]
) -> C:
    """Returns the configuration that is chosen by its name, by a mapping with a `name`, or itself.

    Args:
        configs: The classes to choose from.
        chosen: The choice.
        what: What errors call it, such as "model".
        settings: Further settings, which take precedence over those of a mapping.

    Raises:
        ConfigError: There is no such name, or a setting is wrong; one error names all that are.
    """
    raw = _raw(chosen) | dict(settings)
    by_name = {name_of(config): config for config in configs}
    name = str(raw.get("name"))
    if name not in by_name:
        raise ConfigError(
            f"{what} '{name}'",
            got="an unknown name",
            expected=f"one of {', '.join(by_name)}",
            remedy=suggestion(name, tuple(by_name), "Choose one of them."),
        )
    return validated(by_name[name], raw, f"{what} '{name}'")


def validated(config: type[C], raw: Mapping[str, object], source: str) -> C:
    """Returns the configuration with the values of `raw`.

    Args:
        config: Its class.
        raw: The values.
        source: Where they come from, as the user knows it.

    Raises:
        ConfigError: A key or a value is wrong; one error names all that are.
    """
    # Strict validation of Python values refuses a text for a path; that of JSON takes it, because JSON has no paths.
    try:
        return config.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as invalid:
        raise config_error(source, config, raw, invalid) from invalid


def _raw(chosen: str | Mapping[str, object] | Config) -> dict[str, object]:
    if isinstance(chosen, str):
        return {"name": chosen}
    return chosen.model_dump(mode="json") if isinstance(chosen, Config) else dict(chosen)

"""Validation of configurations that files, commands and notebooks choose by name."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError

from seqrec.config.base import Config, name_of
from seqrec.config.errors import config_error, suggestion
from seqrec.config.secrets import refuse_secrets
from seqrec.errors import ConfigError

C = TypeVar("C", bound=Config)


def choose(configs: Sequence[type[C]], chosen: object, what: str, settings: Mapping[str, object]) -> C:
    """Returns a configuration, given its name, a mapping with a `name`, or the configuration itself.

    Args:
        configs: The classes to choose from.
        chosen: The choice.
        what: The kind of configuration in errors, such as "model".
        settings: Further settings, which take precedence over those of a mapping.

    Raises:
        ConfigError: There is no such name, or settings are wrong; one error names all of them.
    """
    if not isinstance(chosen, str | Mapping | Config):
        remedy = f"Give the name of a {what}, or a mapping of its settings with a name."
        raise ConfigError(
            what, got=f"a {type(chosen).__name__}", expected="a name, a mapping or a configuration", remedy=remedy
        )
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
        config: The class of the configuration.
        raw: The values.
        source: Where the values come from, as the user knows it.

    Raises:
        ConfigError: Keys or values are wrong; one error names all of them. Or one of them contains a secret.
    """
    refuse_secrets(source, raw)
    # Strict validation of Python values refuses a string as a path; that of JSON accepts it, since JSON has no paths.
    try:
        return config.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as invalid:
        raise config_error(source, config, raw, invalid) from invalid


def _raw(chosen: str | Mapping[str, object] | Config) -> dict[str, object]:
    if isinstance(chosen, str):
        return {"name": chosen}
    return chosen.model_dump(mode="json") if isinstance(chosen, Config) else dict(chosen)

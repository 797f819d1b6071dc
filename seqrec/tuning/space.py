"""The search space of one model, and the model with settings from it."""

from collections.abc import Iterator, Mapping
from typing import Any

from seqrec.config.overrides import override
from seqrec.config.toml import toml_value
from seqrec.config.tree import Node
from seqrec.config.validation import validated
from seqrec.errors import ConfigError
from seqrec.experiment import Experiment
from seqrec.models.base import ModelConfig
from seqrec.tuning.dimensions import Dimension, Space

Settings = Mapping[str, bool | int | float | str]
"""Values by the path of the setting, such as `training.lr`."""


def space_of(label: str, model: ModelConfig, changes: Mapping[str, Dimension]) -> Space:
    """Returns what is searched for a model: its own space where it has these settings, and the changes to it.

    Args:
        label: Label of the model in the experiment.
        model: The model.
        changes: Dimensions that replace those of the model, or add to them.

    Raises:
        ConfigError: The model has no such setting, or there is nothing to search.
    """
    for path in changes:
        if not _has(model, path):
            raise ConfigError(
                f"tuning.space.{label}",
                got=f"'{path}', which is no setting of {label}",
                expected=f"settings of the model {model.name}, such as {', '.join(_known(model)) or 'none'}",
                remedy=f"`seqrec describe models.{label}` explains its settings.",
            )
    space: Space = {path: dimension for path, dimension in model.search_space.items() if _has(model, path)}
    space |= changes
    if not space:
        raise ConfigError(
            f"tuning.space.{label}",
            got=f"no search space, and the model {model.name} comes with none",
            expected="at least one setting to search",
            remedy=f"Leave out the model, or name settings under tuning.space.{label}.",
        )
    return space


def space_in(experiment: Experiment, label: str) -> Space:
    """Returns what is searched for a model of an experiment, which may change its space, as `space_of` does."""
    return space_of(label, experiment.models[label], experiment.tuning.space.get(label, {}))


def with_settings(model: ModelConfig, settings: Settings) -> ModelConfig:
    """Returns the model with other settings; vectors that must be as wide as a network follow its width.

    Raises:
        ConfigError: The settings do not fit together.
    """
    assignments = [f"{path}={toml_value(value)}" for place, value in settings.items() for path in _linked(model, place)]
    raw: dict[str, Any] = override(model.model_dump(mode="json", exclude_unset=True), type(model), assignments)
    return validated(type(model), {"name": model.name} | raw, f"model {model.name}")


def _linked(model: ModelConfig, path: str) -> Iterator[str]:
    """Yields a setting and those that must have the same value."""
    yield path
    yield from (other for other in model.linked.get(path, ()) if _has(model, other))


def _known(model: ModelConfig) -> list[str]:
    return [path for path in model.search_space if _has(model, path)]


def _has(model: ModelConfig, path: str) -> bool:
    """Returns whether a model has a setting; one of a table that is left out does not count."""
    *parents, last = path.split(".")
    node: Node | None = Node(type(model), model.model_dump(mode="json"))
    for key in parents:
        node = node.child(key) if node else None
        if node is None or node.raw is None:
            return False
    return node is not None and node.child(last) is not None

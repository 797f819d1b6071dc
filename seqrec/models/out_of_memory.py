"""The errors of a training that does not fit into the device's memory; each proposes smaller settings that would."""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import TypeVar

import torch
from pydantic import ValidationError

from seqrec.errors import TrainingError
from seqrec.models.base import ModelConfig
from seqrec.training.footprint import GIB, Footprint

C = TypeVar("C", bound=ModelConfig)

SHARE = 0.9
"""The share of the free memory that an estimate may reach, since no estimate is exact."""

HALVED, LEAST = ("training.batch_size", "max_len", "dim"), 8
"""The settings that memory grows with, those with the least effect on the model first, and the smallest proposed
value."""


def check_fits(config: C, estimate: Callable[[C], Footprint], free: int) -> Footprint:
    """Returns the memory estimate of a training on a CPU if it fits into the free memory.

    Settings are never changed to save memory: the error proposes smaller ones, and the user chooses.

    Args:
        config: The configuration of the model.
        estimate: The estimated memory of such a configuration.
        free: The bytes that the process may still allocate.

    Raises:
        TrainingError: The training needs more than `SHARE` of them.
    """
    needed, limit = estimate(config), SHARE * free
    if needed.total <= limit:
        return needed
    smaller = _smaller(config, lambda it: estimate(it).total <= limit)
    enough = f"Free {needed.total / SHARE / GIB:.2f} GiB of memory, or use a smaller catalogue."
    raise TrainingError(
        f"model {config.name}",
        got=f"a training that needs about {needed.total / GIB:.2f} GiB ({needed})",
        expected=f"at most {limit / GIB:.2f} GiB, {SHARE:.0%} of the free memory of the CPU",
        remedy=f"This would fit: {smaller}." if smaller else enough,
    )


def out_of_memory(config: C, estimate: Callable[[C], Footprint], free: int, device: torch.device) -> TrainingError:
    """Returns the error of a training that ran out of a GPU's memory.

    The training needed more than the free memory, but how much is not known. So the CPU estimate is scaled up to
    the free memory if it is less, and then shows how much smaller the training has to be.

    Args:
        config: The configuration of the model.
        estimate: The estimated memory of such a configuration.
        free: The bytes that were free on the device before the training.
        device: The GPU.
    """

    def of_tensors(it: C) -> int:
        return (footprint := estimate(it)).total - footprint.libraries

    scale = max(1.0, free / of_tensors(config))
    smaller = _smaller(config, lambda it: scale * of_tensors(it) <= SHARE * free)
    return TrainingError(
        f"model {config.name}",
        got=f"a training that ran out of memory on {device}",
        expected=f"at most {free / GIB:.2f} GiB, the free memory when it began",
        remedy=f"Try {smaller}." if smaller else "Train it on a device with more memory, or on a smaller catalogue.",
    )


def _smaller(config: C, fits: Callable[[C], bool]) -> str:
    """Describes the largest halving of each setting that fits, or of all together if no setting suffices alone."""

    def largest(keys: Sequence[str]) -> str:
        return next((words for words, smaller in _halvings(config, keys) if fits(smaller)), "")

    # The vectors that initialise the item table fix its width.
    keys = [key for key in HALVED if key != "dim" or not config.needs.vectors]
    return ", or ".join(filter(None, (largest([key]) for key in keys))) or largest(keys)


def _halvings(config: C, keys: Sequence[str]) -> Iterator[tuple[str, C]]:
    """Yields the settings halved ever further, down to the smallest value, in words and as a configuration."""
    sizes = {key: int(attrgetter(key)(config)) for key in keys}
    for n in range(1, max(sizes.values()).bit_length()):
        raw, words = config.model_dump(), []
        for key, size in sizes.items():
            *tables, name = key.split(".")
            halved = max(size >> n, min(size, LEAST))
            (raw[tables[0]] if tables else raw)[name] = halved
            words.append(f"{key}={halved}")
        try:
            yield " and ".join(words), type(config).model_validate(raw)
        except ValidationError:
            continue  # For example, the number of heads does not divide the width.

"""The errors of a training that its device can't hold, each with smaller settings that it could hold."""

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
"""The share of the free memory that a training may be expected to take: no estimate is exact."""

HALVED, LEAST = ("training.batch_size", "max_len", "dim"), 8
"""Settings that memory grows with, the least harmful to what is learnt first, and the smallest value proposed."""


def check_fits(config: C, estimate: Callable[[C], Footprint], free: int) -> Footprint:
    """The estimate of a training on a CPU, if there is memory for it.

    What is learnt is never changed to make room: smaller settings are proposed, and the user chooses.

    Args:
        config: The model.
        estimate: What a model of its kind takes.
        free: Bytes that the process may still take.

    Raises:
        TrainingError: The training takes more than `SHARE` of them.
    """
    needed, limit = estimate(config), SHARE * free
    if needed.total <= limit:
        return needed
    smaller = _smaller(config, lambda it: estimate(it).total <= limit)
    enough = f"It takes {needed.total / SHARE / GIB:.2f} GiB that are free, or a smaller catalogue."
    raise TrainingError(
        f"model {config.name}",
        got=f"a training that takes about {needed.total / GIB:.2f} GiB ({needed})",
        expected=f"at most {limit / GIB:.2f} GiB, {SHARE:.0%} of what is free on the CPU",
        remedy=f"This would fit: {smaller}." if smaller else enough,
    )


def out_of_memory(config: C, estimate: Callable[[C], Footprint], free: int, device: torch.device) -> TrainingError:
    """The error of a training that ran out of a GPU's memory.

    What it would have taken is not known, but it is more than was free. So the estimate, which is one for a CPU, is
    scaled up to that where it is less, and says how much smaller a training has to be.

    Args:
        config: The model.
        estimate: What a model of its kind takes.
        free: Bytes that were free on the device before the training.
        device: The GPU.
    """

    def of_tensors(it: C) -> int:
        return (footprint := estimate(it)).total - footprint.libraries

    scale = max(1.0, free / of_tensors(config))
    smaller = _smaller(config, lambda it: scale * of_tensors(it) <= SHARE * free)
    return TrainingError(
        f"model {config.name}",
        got=f"a training that ran out of memory on {device}",
        expected=f"at most {free / GIB:.2f} GiB, which were free when it began",
        remedy=f"Try {smaller}." if smaller else "Train it where more is free, or on a smaller catalogue.",
    )


def _smaller(config: C, fits: Callable[[C], bool]) -> str:
    """In words, the largest halving of each setting that fits; of all of them together where none suffices alone."""

    def largest(keys: Sequence[str]) -> str:
        return next((words for words, smaller in _halvings(config, keys) if fits(smaller)), "")

    # Vectors that the item table starts from have its width.
    keys = [key for key in HALVED if key != "dim" or not config.needs.vectors]
    return ", or ".join(filter(None, (largest([key]) for key in keys))) or largest(keys)


def _halvings(config: C, keys: Sequence[str]) -> Iterator[tuple[str, C]]:
    """The settings halved, and halved again, until all are as small as may be: in words, and as a configuration."""
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
            continue  # Such as a width that the heads do not divide.

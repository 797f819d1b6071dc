"""Refuses a training that its device can't hold, and says which smaller one it can."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TypeVar

from pydantic import ValidationError

from seqrec.errors import TrainingError
from seqrec.models.base import ModelConfig
from seqrec.overrides import override
from seqrec.training.footprint import GIB, Footprint

C = TypeVar("C", bound=ModelConfig)

SHARE = 0.9
"""Of the memory that is free, what a training may be expected to take: allocators round up and leave gaps."""

SMALLER = ("training.batch_size", "max_len", "dim")
"""Settings that memory grows with, the least harmful to what is learnt first."""
LEAST = 8
"""No smaller values of them are proposed."""


def check_fits(config: C, footprint: Callable[[C], Footprint], free: int, place: str) -> Footprint:
    """The footprint of a training that there is room for.

    What is learnt is never changed to make room: other settings are proposed, and are the user's to choose.

    Args:
        config: The model.
        footprint: What a model of its kind takes; the less, the smaller its settings.
        free: Bytes that there are.
        place: Where they are, in words.

    Raises:
        TrainingError: It takes more than `SHARE` of them.
    """
    needed, limit = footprint(config), int(SHARE * free)
    if needed.total <= limit:
        return needed

    def mildest(*keys: str) -> str | None:
        steps = list(_halvings(config, keys))
        first = bisect_left(steps, -limit, key=lambda step: -footprint(step[1]).total)
        return steps[first][0] if first < len(steps) else None

    # Vectors that the item table starts from have its width.
    keys = [key for key in SMALLER if key != "dim" or not config.needs.dims]
    fitting = [found for key in keys if (found := mildest(key))] or [found for found in [mildest(*keys)] if found]
    enough = f"It takes {needed.total / SHARE / GIB:.2f} GiB that are free, or a smaller catalogue."
    raise TrainingError(
        f"model {config.name}",
        got=f"a training that takes about {needed.total / GIB:.2f} GiB ({needed})",
        expected=f"at most {limit / GIB:.2f} GiB, {SHARE:.0%} of what is free on {place}",
        remedy=f"This would fit: {', or '.join(fitting)}." if fitting else enough,
    )


def _halvings(config: C, keys: tuple[str, ...]) -> Iterator[tuple[str, C]]:
    """The settings halved, and halved again, until all are small: in words, and the model that has them."""
    sizes = {key: int(attrgetter(key)(config)) for key in keys}
    for n in range(1, max(sizes.values()).bit_length()):
        assignments = [f"{key}={max(size >> n, min(size, LEAST))}" for key, size in sizes.items()]
        try:
            smaller = type(config).model_validate(override(config.model_dump(), type(config), assignments))
        except ValidationError:
            continue  # Such as a width that the heads do not divide.
        yield " and ".join(assignments), smaller

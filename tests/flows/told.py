"""How a command of the program ended."""

from collections.abc import Callable
from dataclasses import dataclass

Command = Callable[..., "Told"]


@dataclass(frozen=True)
class Told:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

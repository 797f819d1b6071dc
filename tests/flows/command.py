"""The outcome of a command of the program."""

from collections.abc import Callable
from dataclasses import dataclass

Command = Callable[..., "Result"]


@dataclass(frozen=True)
class Result:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

"""The dimensions of a search space: the values that one setting may take."""

from typing import TYPE_CHECKING, Literal

from pydantic import PositiveFloat, model_validator

from seqrec.config import Config, Listed, union


class Dimension(Config):
    """The values that a setting may take."""

    name: str


class Uniform(Dimension):
    """All numbers from `low` to `high` are equally likely."""

    name: Literal["uniform"] = "uniform"
    low: float
    """The smallest number."""
    high: float
    """The largest number."""

    @model_validator(mode="after")
    def _check(self) -> "Uniform":
        _check_order(self.low, self.high)
        return self


class Log(Dimension):
    """All orders of magnitude from `low` to `high` are equally likely."""

    name: Literal["log"] = "log"
    low: PositiveFloat
    """The smallest number."""
    high: PositiveFloat
    """The largest number."""

    @model_validator(mode="after")
    def _check(self) -> "Log":
        _check_order(self.low, self.high)
        return self


class Whole(Dimension):
    """The whole numbers from `low` to `high`."""

    name: Literal["whole"] = "whole"
    low: int
    """The smallest number."""
    high: int
    """The largest number."""

    @model_validator(mode="after")
    def _check(self) -> "Whole":
        _check_order(self.low, self.high)
        return self


class Choice(Dimension):
    """Some values, without an order."""

    name: Literal["choice"] = "choice"
    options: Listed[bool | int | float | str]
    """The values."""

    @model_validator(mode="after")
    def _check(self) -> "Choice":
        if len(set(self.options)) < max(2, len(self.options)):
            raise ValueError(f"options must be two values or more, none of them twice, and are {list(self.options)}")
        return self


DIMENSIONS: tuple[type[Dimension], ...] = (Uniform, Log, Whole, Choice)

if TYPE_CHECKING:
    AnyDimension = Dimension
else:
    AnyDimension = union(DIMENSIONS)

Space = dict[str, AnyDimension]
"""The dimensions by the path of the setting in the configuration of a model, such as `training.lr`."""


def _check_order(low: float | int, high: float | int) -> None:
    if low >= high:
        raise ValueError(f"low must be below high, and they are {low} and {high}")

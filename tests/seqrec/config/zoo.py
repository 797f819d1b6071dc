"""A small configuration with every kind of value that a file can contain."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import PositiveInt, model_validator

from seqrec.config import Config, Listed, union
from seqrec.config.pattern import Pattern


class Training(Config):
    max_epochs: PositiveInt = 10
    lr: float = 0.1


class Net(Config):
    name: Literal["net"] = "net"
    dim: PositiveInt = 8
    training: Training = Training()
    init: Training | None = None


class Count(Config):
    name: Literal["count"] = "count"
    window: int | Literal["all"] = "all"


class Zoo(Config):
    title: str
    models: dict[Annotated[str, Pattern(r"^[a-z]+$", "lower-case letters")], union((Net, Count))]
    main: union((Net, Count)) = Count()
    sizes: Listed[int] = (1, 2)
    mode: Literal["fast", "slow"] = "fast"
    path: Path = Path("somewhere")

    @model_validator(mode="after")
    def _check(self) -> "Zoo":
        if self.mode == "slow" and self.sizes == ():
            raise ValueError("mode is 'slow'; that needs sizes\nsizes is empty; that needs mode 'fast'")
        return self

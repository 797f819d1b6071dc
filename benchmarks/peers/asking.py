"""What every peer is asked on its command line, and its answer: a line of JSON at the end of its output."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.figures import Figures


@dataclass(frozen=True, slots=True)
class Asked:
    """What to train, and when that was asked for."""

    sequences: Path
    """One line for each user: the user's number and the items', oldest first."""
    model: str
    epochs: int
    device: str
    asked_at: float
    """Seconds since 1970."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since then, the start of the interpreter included."""
        return time.time() - self.asked_at

    def users(self) -> list[tuple[int, list[int]]]:
        """Every user with all of the items."""
        lines = self.sequences.read_text(encoding="ascii").splitlines()
        numbers = [[int(number) for number in line.split()] for line in lines]
        return [(user, items) for user, *items in numbers]


def asked(models: Sequence[str]) -> Asked:
    """The command line.

    Args:
        models: Those that the peer has.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("sequences", type=Path)
    parser.add_argument("model", choices=models)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--device", choices=["cpu", "cuda"], required=True)
    parser.add_argument("--asked-at", type=float, default=time.time())
    return Asked(**vars(parser.parse_args()))


def answer(figures: Figures) -> None:
    """Print what was measured."""
    print(json.dumps(asdict(figures)))

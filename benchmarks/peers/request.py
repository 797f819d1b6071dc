"""The command line of every peer, and its answer: a line of JSON at the end of its output."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.figures import Figures


@dataclass(frozen=True, slots=True)
class Request:
    """What to train, and when it was requested."""

    sequences: Path
    """File with one line per user: the number of the user and those of the items, oldest first."""
    model: str
    epochs: int
    device: str
    requested_at: float
    """Seconds since 1970."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the request, including the start of the interpreter."""
        return time.time() - self.requested_at

    def users(self) -> list[tuple[int, list[int]]]:
        """Return every user with all of the user's items."""
        lines = self.sequences.read_text(encoding="ascii").splitlines()
        numbers = [[int(number) for number in line.split()] for line in lines]
        return [(user, items) for user, *items in numbers]


def parse_request(models: Sequence[str]) -> Request:
    """Parse the command line.

    Args:
        models: Models of the peer.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("sequences", type=Path)
    parser.add_argument("model", choices=models)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--device", choices=["cpu", "cuda"], required=True)
    parser.add_argument("--requested-at", type=float, default=time.time())
    return Request(**vars(parser.parse_args()))


def print_figures(figures: Figures) -> None:
    """Print the figures."""
    print(json.dumps(asdict(figures)))

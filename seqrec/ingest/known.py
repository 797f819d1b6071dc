"""Sizes of well-known dumps as published, to compare one's own with."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Known:
    """A dump in one published form."""

    label: str
    """The data set's `label`."""
    form: str
    """Which form it is, such as the 5-core."""
    shortest: int
    """Interactions of the user with the fewest. It tells the published core from the whole dump."""
    n_users: int
    n_items: int
    n_interactions: int
    source: str
    """Where the sizes stand."""


def known_sizes() -> tuple[Known, ...]:
    """All published sizes that we know of."""
    text = (files("seqrec.ingest") / "known.toml").read_text(encoding="utf-8")
    return tuple(Known(**known) for known in tomllib.loads(text)["known"])


def known_size_of(label: str, shortest: int) -> Known | None:
    """The published form that this dump can be compared with: of those with no longer shortest history, the longest."""
    comparable = [known for known in known_sizes() if known.label == label and known.shortest <= shortest]
    return max(comparable, key=lambda known: known.shortest, default=None)

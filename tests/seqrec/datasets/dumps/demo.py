"""The generated shop, in a size that takes no time."""

from pathlib import Path

from seqrec.datasets.demo import Config

N_INTERACTIONS = 336
N_ITEMS = 60
N_SET_ASIDE = 0


def write(folder: Path) -> Config:
    """Nothing: the shop needs no files."""
    return Config(n_users=40, n_items=60)

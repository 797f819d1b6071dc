"""The generated shop, at a tiny size."""

from pathlib import Path

from seqrec.datasets.demo import Config

N_INTERACTIONS = 336
N_ITEMS = 60
N_SET_ASIDE = 0


def write(folder: Path) -> Config:
    """Write nothing, since the shop needs no files."""
    return Config(n_users=40, n_items=60)

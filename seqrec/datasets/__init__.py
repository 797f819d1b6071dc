"""Dump readers, one file each: raw bytes in, canonical record batches out.

A new reader is its file and one line in `DATASETS`.
"""

from typing import TYPE_CHECKING

from seqrec.config import members, union
from seqrec.datasets.base import DatasetConfig

DATASETS: tuple[type[DatasetConfig], ...] = members(
    "seqrec.datasets",
    "demo",
    "amazon_2014",
    "amazon_2018",
    "amazon_2023",
    "yelp",
    "delivery_hero_sessions",
    "delivery_hero_dhrd",
    "steam",
    "recbole",
    "table",
)

if TYPE_CHECKING:
    AnyDataset = DatasetConfig
else:
    AnyDataset = union(DATASETS)

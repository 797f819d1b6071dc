"""Amazon 2023: the tables of the benchmark, with histories, and metadata."""

from pathlib import Path

from seqrec.datasets.amazon_2023 import Config
from tests.seqrec.datasets.dumps.amazon_2023 import PRODUCT_FILE, PRODUCTS
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 6
N_ITEMS = 3
N_SET_ASIDE = 0

_HEADER = "user_id,parent_asin,rating,timestamp,history\n"
TABLES = {
    "train": f"{_HEADER}U1,P1,5.0,1588615855070,\nU1,P2,0.0,1588687728923,P1\nU2,P2,4.0,1588687728000,\n",
    "valid": f"{_HEADER}U1,P3,3.0,1598687728923,P1 P2\n",
    "test": f"{_HEADER}U1,P2,5.0,1608687728923,P1 P2 P3\nU2,P1,1.0,1608687728923,P2\n",
}


def write(folder: Path) -> Config:
    """Write a table for each part of the split."""
    for part, text in TABLES.items():
        write_file(folder / f"All_Beauty.{part}.csv", text)
    write_file(folder / PRODUCT_FILE, "\n".join(PRODUCTS) + "\n")
    return Config(source="benchmark")

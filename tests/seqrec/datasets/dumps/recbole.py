"""Atomic files of RecBole, in the form of its collection."""

from pathlib import Path

from seqrec.datasets.recbole import Config
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 3
N_ITEMS = 2
N_SET_ASIDE = 0

INTER = (
    "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "196\t242\t3\t881250949\n"
    "186\t302\t3\t891717742.0\n"
    "196\t302\t1.5\t881250949\n"
)
ITEM = (
    "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    "242\tKolya\t1996\tComedy\n"
    '302\t"Weird Al": the 12" cut\t1997\tCrime Film-Noir Mystery\n'
)


def write(folder: Path) -> Config:
    """Write a folder with an `.inter` and an `.item` file."""
    (folder / "ml-100k").mkdir(exist_ok=True)
    write_file(folder / "ml-100k" / "ml-100k.inter", INTER)
    write_file(folder / "ml-100k" / "ml-100k.item", ITEM)
    return Config()

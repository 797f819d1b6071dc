"""Delivery Hero sessions, as far as their form is known."""

from pathlib import Path

from seqrec.datasets.delivery_hero_sessions import Config
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 4
N_ITEMS = 3
N_SET_ASIDE = 0

SESSIONS = (
    "SessionId,ItemId,Time,Reward\n0,17,1654041600,1.0\n0,4,1654041660,1.0\n1,17,1654041700,1.0\n0,17,1654041720,1.0\n"
)
PRODUCTS = ',global_product_id,name\n0,4,"Milk, 1 l"\n1,17,Bananas &amp; more\n2,23,"Crisps ""Paprika""\nFamily pack"\n'


def write(folder: Path) -> Config:
    """Write the sessions and the products, each as a CSV file."""
    write_file(folder / "sessions.csv", SESSIONS)
    write_file(folder / "products.csv", PRODUCTS)
    return Config()

"""DHRD as distributed: CSV tables with an index column first."""

from pathlib import Path

from seqrec.datasets.delivery_hero_dhrd import Config
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 5
N_ITEMS = 3
N_SET_ASIDE = 0

_ORDER_COLUMNS = ",customer_id,geohash,order_id,vendor_id,product_id,day_of_week,order_time,order_day\n"

# An order of two products, whose ids another vendor also uses.
TRAIN = _ORDER_COLUMNS + (
    "0,c1,u6sce,o1,v1,p1,4,18:05:00,0 days\n"
    "1,c1,u6sce,o1,v1,p2,4,18:05:00,0 days\n"
    "2,c2,u6scd,o2,v2,p1,1,09:30:59,11 days\n"
)
TEST = _ORDER_COLUMNS + "0,c1,u6sce,o3,v2,p1,0,00:00:00,80 days\n1,c2,u6scd,o4,v1,p1,0,23:59:59,80 days\n"
PRODUCTS = (
    ",vendor_id,product_id,name,unit_price\n"
    '0,v1,p1,"Köttbullar, stor",89.0\n'
    "1,v1,p2,Läsk 33cl,\n"
    '2,v2,p1,"Sushi ""Lyx""",149.5\n'
)
VENDORS = ",vendor_id,chain_id,geohash,primary_cuisine\n0,v1,,u6sce,swedish\n1,v2,ch7,u6scd,\n"


def write(folder: Path) -> Config:
    """Write the four tables of Stockholm."""
    write_file(folder / "orders_se_train.txt", TRAIN)
    write_file(folder / "orders_se_test.txt", TEST)
    write_file(folder / "products_se.txt", PRODUCTS)
    write_file(folder / "vendors_se.txt", VENDORS)
    return Config()

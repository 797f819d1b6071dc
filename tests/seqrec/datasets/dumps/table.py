"""Any table: interactions and items as CSV, with quotes, an empty value and a text over two lines."""

from pathlib import Path

from seqrec.datasets.table import Catalogue, Config, Events
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 4
N_ITEMS = 2
N_SET_ASIDE = 1

EVENTS = (
    "user_id,item_id,timestamp,stars\n"
    "7,a,1365984000,5\n"
    '8,"b, the second",1365984001,\n'
    "7,c,1365984002.5,1.5\n"
    "8,a,soon,1\n"
    "9,a,1365984003,2\n"
)
ITEMS = 'item_id,title,tags\na,"Pen, ""blue""",Desk|Pens\n"b, the second","two\nlines",\n'


def write(folder: Path) -> Config:
    """Write two CSV files; one line has no readable time, and one item is not described."""
    write_file(folder / "events.csv", EVENTS)
    write_file(folder / "items.csv", ITEMS)
    return Config(
        events=Events(file="events.csv", value="stars"),
        catalogue=Catalogue(file="items.csv", title="title", categories="tags"),
    )

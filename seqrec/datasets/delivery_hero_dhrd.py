"""Delivery Hero Recommendation Dataset (Assylbekov et al. 2023): food orders of three cities, split in time.

A row is one ordered product; the rows of an order share their time, so a basket is a tie. The dump tells the
day from the start and the time of day, but no date: day 0 is put at 1970-01-01 UTC, and only differences of times
mean anything. Product ids belong to their vendor: an item is `<vendor_id>:<product_id>`.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.fields import absent, first_of_each, usable
from seqrec.datasets.canonical.frames import TIME_US, clean_items, to_batches
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.times import US_PER_S
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.table_files import TableFile, open_csv
from seqrec.datasets.sources import ByHand

_PARTS = ("train", "test")
_ORDER = ("customer_id", "vendor_id", "product_id", "order_day", "order_time")
_PRODUCT = ("vendor_id", "product_id", "name")
_VENDOR = ("vendor_id", "primary_cuisine")
_ITEM = "vendor_id:product_id"
_US_PER_DAY = 86_400 * US_PER_S


class Config(DatasetConfig):
    """DHRD of one city: `orders_<city>_{train,test}.txt`, `products_<city>.txt` and `vendors_<city>.txt`."""

    name: Literal["delivery_hero_dhrd"] = "delivery_hero_dhrd"
    city: Literal["se", "sg", "tw"] = "se"
    """Stockholm, Singapore or Taipei."""
    metadata: bool = True
    """Whether to read names of products and cuisines of vendors."""

    @property
    def label(self) -> str:
        """Such as `delivery_hero_dhrd-se`."""
        return f"{self.name}-{self.city}"

    def files(self, data: Path) -> tuple[Path, ...]:
        """The orders of both parts, and products and vendors if they are asked for."""
        orders = self.growing(data)
        return (*orders, self._table(data, "products"), self._table(data, "vendors")) if self.metadata else orders

    def growing(self, data: Path) -> tuple[Path, ...]:
        """The orders of both parts, of which only the test part may have grown."""
        return tuple(self._orders(data, part) for part in _PARTS)

    def sources(self) -> ByHand:
        """Delivery Hero shares the data in a folder of a drive."""
        orders = tuple(f"orders_{self.city}_{part}.txt" for part in _PARTS)
        return ByHand(
            page="https://github.com/deliveryhero/dh-reco-dataset",
            reason="files in a Google Drive folder, which are picked by hand",
            steps=f"Follow the link under 'Getting the data' to the files of the city {self.city}, "
            "and put them into the folder.",
            file_names=(*orders, f"products_{self.city}.txt", f"vendors_{self.city}.txt") if self.metadata else orders,
        )

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per ordered product, those of the training file first; `part` names the file."""
        return chain.from_iterable(self._part(data, part, rejects) for part in _PARTS)

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per product of a vendor, with the vendor's cuisine; nothing if `metadata` is off."""
        if not self.metadata:
            return
        cuisines = _cuisines(open_csv(self._table(data, "vendors"), *_VENDOR), rejects)
        table = open_csv(self._table(data, "products"), *_PRODUCT)
        rows = map(_with_item, table.rows({name: name for name in _PRODUCT}, rejects, multiline=True))
        frames = usable(rows, table.path, rejects, {f"no {_ITEM}": absent(_ITEM)})
        for frame in first_of_each(frames, _ITEM, table.path, rejects):
            items = frame.join(cuisines, on="vendor_id", how="left", maintain_order="left").select(
                pl.col(_ITEM).alias(schema.ITEM),
                pl.col("name").alias(schema.TITLE),
                pl.lit(None, pl.String).alias(schema.BRAND),
                pl.concat_list("primary_cuisine").alias(schema.CATEGORIES),
                pl.lit(None, pl.String).alias(schema.DESCRIPTION),
            )
            yield from to_batches(clean_items(items, rejects))

    def _part(self, data: Path, part: str, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        table = open_csv(self._orders(data, part), *_ORDER)
        rows = table.rows({name: name for name in _ORDER}, rejects)
        frames = (_with_item(frame).with_columns(_time_us().alias(TIME_US)) for frame in rows)
        yield from to_interactions(frames, table.path, rejects, user="customer_id", item=_ITEM, part=part)

    def _orders(self, data: Path, part: str) -> Path:
        return self._file(data, f"orders_{self.city}_{part}.txt")

    def _table(self, data: Path, what: str) -> Path:
        remedy = "Put the file there, or set dataset.metadata = false to go without item texts."
        return self._file(data, f"{what}_{self.city}.txt", remedy)

    def _file(self, data: Path, name: str, remedy: str = "Point --data at the folder that holds the dump.") -> Path:
        folders = ("", f"data_{self.city}/")
        return locate(data, [f"{folder}{name}{end}" for folder in folders for end in ("", ".gz")], remedy)


def _with_item(frame: pl.DataFrame) -> pl.DataFrame:
    both = ~absent("vendor_id") & ~absent("product_id")
    return frame.with_columns(pl.when(both).then(pl.concat_str("vendor_id", pl.lit(":"), "product_id")).alias(_ITEM))


def _time_us() -> pl.Expr:
    """Microseconds from the start, of a day such as `11 days` and a time such as `18:05:00`."""
    # More digits than any day up to 2100 would only bring overflow.
    day = pl.col("order_day").str.extract(r"^\s*(-?\d{1,6}) days?(?: 00:00:00)?\s*$").cast(pl.Int64)
    clock = pl.col("order_time").str.strip_chars().str.to_time("%H:%M:%S", strict=False)
    return day * _US_PER_DAY + clock.cast(pl.Int64) // 1_000


def _cuisines(table: TableFile, rejects: Rejects) -> pl.DataFrame:
    """The cuisine of each vendor. Vendors are neither interactions nor items: only bad lines of theirs are counted."""
    aside = Rejects()
    rows = table.rows({name: name for name in _VENDOR}, aside, multiline=True)
    vendors = pl.concat(usable(rows, table.path, aside, {"no vendor_id": absent("vendor_id")}))
    for line in aside.table().to_pylist():
        rejects.saw(table.path, 1)
        rejects.add(table.path, line["line"], line["reason"], line["text"], broken=False)
    return vendors.select(_VENDOR).unique("vendor_id", keep="first", maintain_order=True)

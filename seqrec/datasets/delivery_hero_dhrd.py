"""Delivery Hero Recommendation Dataset (Assylbekov et al. 2023): food orders of three cities, split in time.

A row is one ordered product; the rows of an order share their time, so a basket is a tie. The dump tells the
day from the start and the time of day, but no date: day 0 is put at 1970-01-01 UTC, and only differences of times
mean anything. Product ids belong to their vendor: an item is `<vendor_id>:<product_id>`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.fields import absent, usable
from seqrec.datasets.canonical.frames import TIME_US
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.canonical.time_faults import TIME_FAULT, time_faults
from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.datasets.find_files import NO_TEXTS, REMEDY, locate
from seqrec.datasets.parsing.table_files import read_csv_columns
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import ManualDownload

_PARTS = ("train", "test")
_ORDER = ("customer_id", "vendor_id", "product_id", "order_day", "order_time")
_PRODUCT = ("vendor_id", "product_id", "name")
_VENDOR = ("vendor_id", "primary_cuisine")
_ITEM = "vendor_id:product_id"
_US_PER_DAY = 86_400 * US_PER_S


class Config(DatasetConfig):
    """Orders of one city (DHRD): `orders_<city>_{train,test}.txt`, `products_<city>.txt`, `vendors_<city>.txt`."""

    name: Literal["delivery_hero_dhrd"] = "delivery_hero_dhrd"
    city: Literal["se", "sg", "tw"] = "se"
    """The city: `se` is Stockholm, `sg` Singapore, `tw` Taipei."""
    metadata: bool = True
    """Whether to read the names of the products and the cuisines of the vendors."""

    @property
    def label(self) -> str:
        """Such as `delivery_hero_dhrd-se`."""
        return f"{self.name}-{self.city}"

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The orders of both parts."""
        return tuple(self._file(data, "orders", part=f"_{part}") for part in _PARTS)

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The products, if `metadata` is true."""
        return (self._file(data, "products", NO_TEXTS),) if self.metadata else ()

    def files(self, data: Path) -> tuple[Path, ...]:
        """The orders, and the products with their vendors."""
        found = super().files(data)
        return (*found, self._file(data, "vendors", NO_TEXTS)) if self.metadata else found

    def sources(self) -> ManualDownload:
        """Delivery Hero shares the data in a folder of a drive."""
        files = "orders_{}_train", "orders_{}_test", *("products_{}", "vendors_{}") * self.metadata
        return ManualDownload(
            page="https://github.com/deliveryhero/dh-reco-dataset",
            reason="files in a Google Drive folder, which are picked by hand",
            steps=f"Follow the link under 'Getting the data' to the files of the city {self.city}, and put them "
            "into the folder.",
            file_names=tuple(f"{file.format(self.city)}.txt" for file in files),
        )

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per ordered product; `part` names the file."""
        rows = read_csv_columns(reading, *_ORDER)
        frames = (_with_time(_with_item(frame)) for frame in rows)
        part = next(part for part in _PARTS if f"_{part}.txt" in reading.path.name)
        return to_interactions(frames, reading, user="customer_id", item=_ITEM, part=part)

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per product of a vendor, with the vendor's cuisine."""
        rows = read_csv_columns(reading, *_PRODUCT)
        vendors = Reading(self._file(reading.path.parent, "vendors", NO_TEXTS), reading.log)
        cuisines = _cuisines(vendors)
        # Vendors are neither interactions nor items: only those set aside are counted.
        reading.n_records += vendors.n_bad
        frames = (_with_item(frame).join(cuisines, on="vendor_id", how="left", maintain_order="left") for frame in rows)
        return to_items(frames, reading, _ITEM, {"title": "name", "categories": pl.concat_list("primary_cuisine")})

    def _file(self, data: Path, what: str, remedy: str = REMEDY, *, part: str = "") -> Path:
        name = f"{what}_{self.city}{part}.txt"
        folders = ("", f"data_{self.city}/")
        return locate(data, [f"{folder}{name}{end}" for folder in folders for end in ("", ".gz")], remedy)


def _with_item(frame: pl.DataFrame) -> pl.DataFrame:
    both = ~absent("vendor_id") & ~absent("product_id")
    return frame.with_columns(pl.when(both).then(pl.concat_str("vendor_id", pl.lit(":"), "product_id")).alias(_ITEM))


def _with_time(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with their times, none of which is a placeholder because it lies near day 0."""
    times = frame.select(_time_us()).to_series()
    return frame.with_columns(times.alias(TIME_US), time_faults(times, None).alias(TIME_FAULT))


def _time_us() -> pl.Expr:
    """Microseconds from the start, of a day such as `11 days` and a time such as `18:05:00`."""
    # More digits than any day up to 2100 would only bring overflow.
    day = pl.col("order_day").str.extract(r"^\s*(-?\d{1,6}) days?(?: 00:00:00)?\s*$").cast(pl.Int64)
    clock = pl.col("order_time").str.strip_chars().str.to_time("%H:%M:%S", strict=False)
    return day * _US_PER_DAY + clock.cast(pl.Int64) // 1_000


def _cuisines(reading: Reading) -> pl.DataFrame:
    """The cuisine of each vendor."""
    rows = read_csv_columns(reading, *_VENDOR)
    vendors = pl.concat(usable(rows, reading, {"no vendor_id": absent("vendor_id")}))
    return vendors.select(_VENDOR).unique("vendor_id", keep="first", maintain_order=True)

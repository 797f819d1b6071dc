"""What the Amazon dumps of all eras have in common: one category, and its metadata in a file of its own."""

from pathlib import Path
from typing import Annotated

import polars as pl

from seqrec.config.pattern import Pattern
from seqrec.datasets.amazon_era import Era, check_era
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.items import Texts
from seqrec.datasets.find_files import NO_TEXTS, REMEDY, locate

Category = Annotated[str, Pattern(r"^[A-Za-z0-9_]+$", "a name of letters, digits and `_`")]


class AmazonCategory(DatasetConfig):
    """One category of one era."""

    name: Era
    category: Category
    """The category, spelt as in the file names, such as `Sports_and_Outdoors`."""
    metadata: bool = True
    """Whether to read titles, brands, categories and descriptions of the items."""

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The metadata, if `metadata` is true."""
        name = f"meta_{self.category}.json{'l' if self.name == 'amazon_2023' else ''}"
        return (self.locate(data, name, NO_TEXTS),) if self.metadata else ()

    def locate(self, data: Path, name: str, remedy: str = REMEDY) -> Path:
        """The file `name` in the folder `data`, gzipped or plain; a `DataError` if there is none of this era."""
        return check_era(locate(data, (f"{name}.gz", name), remedy), self.name)


def texts_of(brand: str | pl.Expr, categories: str, main: str) -> Texts:
    """The texts of a product, whose description is a list of paragraphs.

    Where the list `categories` is empty, the category `main` that the page was filed under stands in for it.
    """
    listed = pl.col(categories)
    return {
        "title": "title",
        "brand": brand,
        "categories": pl.when(listed.list.len() > 0).then(listed).otherwise(pl.concat_list(main)),
        "description": pl.col("description").list.join(" ", ignore_nulls=True),
    }

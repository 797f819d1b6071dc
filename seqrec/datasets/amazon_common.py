"""What the Amazon dumps of all eras have in common: one category, and its metadata in a file of its own."""

from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import StringConstraints

from seqrec.datasets.amazon_era import Era, check_era
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.frames import TIME_US
from seqrec.datasets.find_files import locate

Category = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")]


class AmazonCategory(DatasetConfig):
    """One category of one era."""

    name: Era
    category: Category
    """Category as the file names spell it, such as `Sports_and_Outdoors`."""
    metadata: bool = True
    """Whether to read titles, brands, categories and descriptions of the items."""

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The metadata, if they are asked for; they must be of the same era."""
        name = f"meta_{self.category}.json{'l' if self.name == 'amazon_2023' else ''}"
        remedy = "Put the file there, or set dataset.metadata = false to go without item texts."
        return (check_era(locate(data, (f"{name}.gz", name), remedy), self.name),) if self.metadata else ()


def known_time() -> pl.Expr:
    """The column `TIME_US`, in which zero stands for a time that is not known."""
    return pl.when(pl.col(TIME_US) != 0).then(pl.col(TIME_US)).alias(TIME_US)


def joined(texts: str) -> pl.Expr:
    """The paragraphs of the list `texts` as one text."""
    return pl.col(texts).list.join(" ", ignore_nulls=True)


def categories_or(categories: str, main: str) -> pl.Expr:
    """The list `categories`; where it is empty, the category `main` that the page was filed under."""
    listed = pl.col(categories)
    return pl.when(listed.list.len() > 0).then(listed).otherwise(pl.concat_list(main))

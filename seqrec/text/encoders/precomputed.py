"""Vectors from a Parquet file that was made elsewhere."""

from collections.abc import Generator
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from jaxtyping import Bool, Float32
from polars.exceptions import PolarsError

from seqrec import schema
from seqrec.digest import digest_of, digest_of_file
from seqrec.errors import EncoderError
from seqrec.text.encoders.base import EmbeddedBatch, EncoderConfig
from seqrec.types import Texts


class Config(EncoderConfig):
    """A Parquet file with one row per item: its id, and its vector as a list or array of floats."""

    name: Literal["precomputed"] = "precomputed"
    path: str
    """The path of the file, relative to the data folder."""
    item_column: str = schema.ITEM
    """The column of item ids."""
    vector_column: str = "vector"
    """The column of vectors."""
    missing: Literal["error", "zero"] = "error"
    """What happens to an item without a row: an error, or a zero vector."""

    @property
    def reads_texts(self) -> bool:
        """False: the ids of the items are enough."""
        return False

    @property
    def per_text(self) -> bool:
        """False: the file holds vectors by item, not by text, and is cheap to read."""
        return False

    def embeds_apart(self, texts: Texts, data: Path) -> Bool[np.ndarray, " n_items"]:
        """Returns which items have a row.

        Raises:
            EncoderError: The file is missing or is not such a table.
        """
        known: np.ndarray = np.isin(
            texts.item_ids.astype(str), self._table(self._file(data))["id"].to_numpy().astype(str)
        )
        return known

    def identity(self, texts: Texts, data: Path) -> str:  # noqa: ARG002
        """Returns the digest of the file and of the settings that it is read with."""
        return digest_of([self.model_dump(mode="json", exclude={"path"}), digest_of_file(self._file(data))])

    def embed(self, texts: Texts, data: Path) -> Generator[EmbeddedBatch, None, None]:
        """Yields one batch with the vectors of all items.

        Raises:
            EncoderError: The file is missing or is not such a table, an item has two vectors or none, or the
                vectors have different widths or are not finite.
        """
        table = self._table(self._file(data))
        ids = pl.DataFrame({"id": pl.Series(texts.item_ids.tolist(), dtype=pl.String)})
        found = ids.join(table, on="id", how="left", maintain_order="left").get_column("vector")
        absent: np.ndarray = found.is_null().to_numpy()
        if absent.all() or (absent.any() and self.missing == "error"):
            raise self._error(
                got=f"none for {absent.sum()} of {len(absent)} items, such as '{texts.item_ids[absent][0]}'",
                expected="a vector for every item",
                remedy=f"Add them, check that '{self.item_column}' holds the ids of this dataset, or set "
                'missing = "zero" to give items without a vector a zero vector.',
            )
        known = self._matrix(found.drop_nulls())
        vectors = np.zeros((len(absent), known.shape[1]), np.float32)
        vectors[~absent] = known
        yield EmbeddedBatch(np.arange(len(vectors), dtype=np.int64), vectors)

    def _file(self, data: Path) -> Path:
        file = data / self.path
        if not file.is_file():
            raise self._error(
                got=f"no file {file}",
                expected="a Parquet file with a vector per item",
                remedy="Put the file there, give its folder with --data, or encode the texts instead: "
                """--set 'encoders.<label>={name="sentence_transformers", model="..."}' """
                """or, without any weights, --set 'encoders.<label>={name="lsa"}'.""",
            )
        return file

    def _table(self, file: Path) -> pl.DataFrame:
        """Reads the columns `id` and `vector` (a list), one row per id."""
        remedy = "Write the file with pyarrow or polars, or name its columns in item_column and vector_column."
        try:
            columns = pl.read_parquet_schema(file)
            id_kind, vector = columns.get(self.item_column), columns.get(self.vector_column)
            if (
                not (isinstance(id_kind, pl.String | pl.Categorical | pl.Enum) or (id_kind and id_kind.is_integer()))
                or not isinstance(vector, pl.List | pl.Array)
                or not vector.inner.is_float()
            ):
                raise self._error(
                    got=", ".join(f"{name} ({kind})" for name, kind in columns.items()),
                    expected=f"a column '{self.item_column}' of text or whole numbers and a column "
                    f"'{self.vector_column}' of lists of floats",
                    remedy=remedy,
                )
            table = pl.read_parquet(file, columns=[self.item_column, self.vector_column]).select(
                id=pl.col(self.item_column).cast(pl.String),
                vector=pl.col(self.vector_column).cast(pl.List(pl.Float32)),
            )
        except (PolarsError, OSError) as error:
            got = f"a file that can't be read as Parquet ({str(error).splitlines()[0]})"
            raise self._error(got=got, expected="a complete Parquet file", remedy=remedy) from error
        repeated = table.get_column("id").is_duplicated()
        if repeated.any():
            example = table.get_column("id").filter(repeated).to_list()[0]
            raise self._error(
                got=f"{repeated.sum()} rows that share an id, such as '{example}'",
                expected=f"each '{self.item_column}' once",
                remedy="Keep one row per item.",
            )
        return table

    def _matrix(self, rows: pl.Series) -> Float32[np.ndarray, "n dim"]:
        widths = rows.list.len().unique().sort().to_list()
        if len(widths) != 1 or widths[0] == 0:
            raise self._error(
                got=f"vectors of {', '.join(map(str, widths))} numbers",
                expected="vectors of one width",
                remedy="Write the vectors of one encoder, all of the same length.",
            )
        matrix = rows.explode().to_numpy().reshape(len(rows), widths[0])
        if not np.isfinite(matrix).all():
            broken = int((~np.isfinite(matrix).all(axis=1)).sum())
            raise self._error(
                got=f"{broken} vectors with missing numbers, NaN or infinity",
                expected="finite numbers",
                remedy="Encode those items again, or leave their rows out.",
            )
        return matrix

    def _error(self, *, got: str, expected: str, remedy: str) -> EncoderError:
        return EncoderError(f"precomputed vectors '{self.path}'", got=got, expected=expected, remedy=remedy)

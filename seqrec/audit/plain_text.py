"""Texts as the audit compares them: lower case, letters and digits only."""

import numpy as np
import polars as pl
from jaxtyping import Int64

from seqrec.types import Texts


def plain_texts(texts: Texts) -> pl.Series:
    """Returns the words of each text, separated by blanks; null for the placeholder of items without a text."""
    frame = pl.DataFrame({"text": pl.Series(texts.texts, dtype=pl.String), "missing": texts.missing})
    plain = pl.col("text").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return frame.select(pl.when(~pl.col("missing") & (plain != "")).then(plain)).to_series()


def text_codes(plain: pl.Series) -> Int64[np.ndarray, " n_items"]:
    """Returns a number per item that is the same for items of the same text, from 1; 0 for items without a text."""
    return plain.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()

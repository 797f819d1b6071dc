"""Sparse count matrices of training sequences, and their conversion to tensors."""

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int32
from scipy.sparse import csr_array
from torch import Tensor

from seqrec.types import Sequences, State


def session_items(sequences: Sequences, n_items: int) -> csr_array:
    """Counts how often each item (column) occurs in each sequence (row)."""
    ones = np.ones(sequences.n_events)
    return csr_array((ones, (sequences.rows, sequences.items)), shape=(len(sequences), n_items))


def transitions(sequences: Sequences, n_items: int) -> csr_array:
    """Counts how often each item (row) is directly followed by each other item (column)."""
    followed = sequences.rows[:-1] == sequences.rows[1:]
    pairs = sequences.items[:-1][followed], sequences.items[1:][followed]
    return csr_array((np.ones(len(pairs[0])), pairs), shape=(n_items, n_items))


def to_tensors(name: str, matrix: csr_array) -> dict[str, torch.Tensor]:
    """Returns the parts of a count matrix as tensors, such as `name.indptr`; counts and indices are integers."""
    return {
        f"{name}.indptr": torch.from_numpy(matrix.indptr.astype(np.int64)),
        f"{name}.indices": torch.from_numpy(matrix.indices.astype(np.int32)),
        f"{name}.counts": torch.from_numpy(matrix.data.astype(np.int32)),
    }


def from_tensors(name: str, state: State, n_columns: int) -> csr_array:
    """Returns the count matrix that `to_tensors` took apart."""
    indptr, indices, counts = (state.tensors[f"{name}.{part}"].numpy() for part in ("indptr", "indices", "counts"))
    return csr_array((counts.astype(np.float64), indices, indptr), shape=(len(indptr) - 1, n_columns))


def write(matrix: csr_array, scores: Float32[Tensor, "n_rows n_columns"]) -> Float32[Tensor, "n_rows n_columns"]:
    """Overwrites scores with the entries of the matrix and returns them; only the entries are copied to the device."""
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    flat = torch.from_numpy(rows * matrix.shape[1] + matrix.indices).to(scores.device)
    scores.view(-1)[flat] = torch.from_numpy(matrix.data.astype(np.float32)).to(scores.device)
    return scores


def entries(matrix: csr_array, columns: Int32[np.ndarray, "n_rows n_chosen"]) -> Float64[np.ndarray, "n_rows n_chosen"]:
    """Returns the values in some columns of each row; 0 without an entry, and arbitrary where a column is -1."""
    rows = np.repeat(np.arange(len(columns)), columns.shape[1])
    chosen: Float64[np.ndarray, " n"] = np.asarray(matrix[rows, np.maximum(columns, 0).ravel()], np.float64)
    return chosen.reshape(columns.shape)

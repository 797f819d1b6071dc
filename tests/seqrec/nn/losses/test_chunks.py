"""Every position is in one chunk."""

from itertools import chain

import torch
from hypothesis import given
from hypothesis import strategies as st

from seqrec.nn.losses.chunks import chunks


@given(n=st.integers(0, 50), n_rows=st.integers(1, 60))
def test_chunks_are_all_positions_in_order(n: int, n_rows: int) -> None:
    positions = torch.arange(n)
    parts = [positions[part].tolist() for part in chunks(positions, n_rows)]
    assert list(chain(*parts)) == positions.tolist()
    assert all(len(part) == n_rows for part in parts[:-1])

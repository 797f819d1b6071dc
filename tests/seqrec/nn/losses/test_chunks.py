"""Every position is in one chunk; a rehearsal looks at two."""

from itertools import chain

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from seqrec.nn.losses.chunks import chunks


@given(n=st.integers(0, 50), n_rows=st.integers(1, 60))
def test_chunks_are_all_positions_in_order(n: int, n_rows: int) -> None:
    positions = torch.arange(n)
    parts = [positions[part].tolist() for part in chunks(positions, n_rows)]
    assert list(chain(*parts)) == positions.tolist()
    assert all(len(part) == n_rows for part in parts[:-1])


def test_tensors_without_memory_have_two_at_most() -> None:
    with FakeTensorMode():
        positions = torch.empty(50_000)
        assert list(chunks(positions, 10)) == [slice(0, 10), slice(10, 20)]
        assert list(chunks(positions, 50_000)) == [slice(0, 50_000)]

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.evaluation.slices.grouping import lowest

VALUES = st.lists(st.integers(0, 6), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("values", "share", "inside"),
    [
        ([3, 1, 2, 4], 0.5, [False, True, True, False]),
        ([0, 0, 0, 5], 0.35, [False] * 4),  # no border is nearer to 35 % than three quarters
        ([0, 0, 0, 5], 0.5, [True, True, True, False]),
        ([7, 7], 0.5, [False, False]),  # both are as near: the lower border
        ([1, 2, 3], 0.5, [True, False, False]),
    ],
)
def test_borders_by_hand(values, share, inside):
    assert lowest(np.array(values), share).tolist() == inside
    assert lowest(np.array(values) / 7, share).tolist() == inside


@given(VALUES, st.floats(0.05, 0.95))
def test_equals_stay_together_and_no_other_border_is_nearer(values, share):
    inside = lowest(np.array(values), share)
    kept = {value for value, low in zip(values, inside.tolist(), strict=True) if low}
    assert not kept & {value for value, low in zip(values, inside.tolist(), strict=True) if not low}
    assert max(kept, default=-1) < min(set(values) - kept, default=7)
    sizes = [sum(value < border for value in values) for border in range(8)]
    assert min(abs(size - share * len(values)) for size in sizes) == abs(inside.sum() - share * len(values))

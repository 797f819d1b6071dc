import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqrec.evaluation.topk import best

few_values = st.sampled_from([-np.inf, -2.5, -0.0, 0.0, 1.0, 1.5, np.inf]).map(np.float32)
tables = st.tuples(st.integers(1, 4), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=few_values)
)


@given(tables, st.integers(1, 12))
def test_agrees_with_a_full_sort(scores: np.ndarray, k: int) -> None:
    k = min(k, scores.shape[1])
    columns, values = best(torch.from_numpy(scores), k)
    for row, found in zip(scores, columns.numpy(), strict=True):
        wanted = sorted(range(len(row)), key=lambda i: (-row[i], i))[:k]
        n_recommended = int((row[wanted] > -np.inf).sum())
        assert found[:n_recommended].tolist() == wanted[:n_recommended]
    assert np.array_equal(values.numpy(), np.take_along_axis(scores, columns.numpy(), 1))


def test_negative_scores_keep_their_order() -> None:
    columns, values = best(torch.tensor([[-3.0, -1.0, -2.0, -1.0, -1.0]]), 2)
    assert columns.tolist() == [[1, 3]]
    assert values.tolist() == [[-1.0, -1.0]]

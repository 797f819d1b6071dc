import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqrec.evaluation import topk
from seqrec.evaluation.topk import best

few_values = st.sampled_from([-np.inf, -2.5, -0.0, 0.0, 1.0, 1.5, np.inf]).map(np.float32)
tables = st.tuples(st.integers(1, 4), st.integers(1, 40)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=few_values)
)


@given(tables, st.integers(1, 12), st.sampled_from([2, 3, 16]))
def test_agrees_with_a_full_sort_whatever_the_groups(scores: np.ndarray, k: int, group: int) -> None:
    k = min(k, scores.shape[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topk, "GROUP", group)
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


def test_the_lists_of_a_whole_catalogue_are_those_of_a_full_sort() -> None:
    rng = np.random.default_rng(0)
    for values in (rng.normal(size=(20, 5_003)), rng.integers(0, 300, (20, 5_003)), np.zeros((2, 5_003))):
        scores = values.astype(np.float32)
        columns, _ = best(torch.from_numpy(scores), 20)
        assert np.array_equal(columns.numpy(), np.argsort(-scores, axis=1, kind="stable")[:, :20])


@pytest.mark.parametrize("n_columns", [5, 300])
@pytest.mark.parametrize("rest", ["equal", "different"])
def test_a_nan_stands_first(n_columns: int, rest: str) -> None:
    scores = torch.zeros(1, n_columns) if rest == "equal" else torch.arange(float(n_columns))[None]
    scores[0, 3] = torch.nan
    columns, values = best(scores, 3)
    assert columns[0, 0] == 3
    assert values[0].isnan().tolist() == [True, False, False]

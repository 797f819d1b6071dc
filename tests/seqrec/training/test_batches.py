"""Batches have the right windows, every sequence, and little padding."""

from collections import Counter
from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqrec.training.batches import Chosen, Packed
from seqrec.training.bucketing import WIDTH_STEPS, EpochPlan, Windows, all_but_first, count_windows, only_last
from tests.synthetic import sequences_of

CPU = torch.device("cpu")
ONCE = EpochPlan(1, all_but_first)

rows_of_items = st.lists(st.lists(st.integers(0, 30), max_size=9), min_size=1, max_size=20)


def chosen(packed: Packed, *rows: int) -> Chosen:
    return Chosen(torch.tensor(rows), int(packed.widths(packed.lengths[list(rows)]).max()))


def test_windows_end_at_the_last_event_and_padding_follows() -> None:
    packed = Packed(sequences_of([[1, 2, 3, 4, 5], [6, 7], [8]]), 3, CPU)
    batch = packed.batch(chosen(packed, 1, 0, 2))
    assert batch.items.tolist() == [[6, 7, 0], [3, 4, 5], [8, 0, 0]]
    assert batch.lengths.tolist() == [2, 3, 1]
    assert batch.real.tolist() == [[True, True, False], [True] * 3, [True, False, False]]


def test_a_batch_is_as_wide_as_its_longest_row() -> None:
    packed = Packed(sequences_of([[1] * 9, [2, 3]]), 50, CPU)
    assert packed.batch(chosen(packed, 1)).items.shape == (1, 2)


def test_nothing_but_empty_sequences() -> None:
    packed = Packed(sequences_of([[], []]), 5, CPU)
    batch = packed.batch(chosen(packed, 0, 1))
    assert batch.items.tolist() == [[0], [0]]
    assert not batch.real.any()


@given(rows=rows_of_items, max_len=st.integers(1, 10), batch_size=st.integers(1, 7), passes=st.integers(1, 3))
def test_an_epoch_shows_each_long_enough_sequence_once_a_pass(
    rows: list[list[int]], max_len: int, batch_size: int, passes: int
) -> None:
    packed = Packed(sequences_of(rows), max_len, CPU)
    shown: Counter[tuple[int, ...]] = Counter()
    for batch in map(
        packed.batch, packed.epoch(batch_size, EpochPlan(passes, all_but_first), np.random.default_rng(0))
    ):
        assert batch.items.shape[1] == batch.lengths.max()
        assert not batch.only_last
        windows = zip(batch.items.tolist(), batch.lengths.tolist(), strict=True)
        shown.update(tuple(items[:length]) for items, length in windows)
    expected = Counter(tuple(row[-max_len:]) for row in rows if min(len(row), max_len) >= 2)
    assert shown == Counter({row: passes * times for row, times in expected.items()})


@pytest.mark.parametrize("step", [1, 8])
def test_all_steps_but_the_last_learn_from_as_many_targets(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WIDTH_STEPS, "cpu", step)
    lengths = np.random.default_rng(0).integers(2, 60, 3000)
    packed = Packed(sequences_of([[1] * n for n in lengths]), 50, CPU)
    batches = list(map(packed.batch, packed.epoch(32, ONCE, np.random.default_rng(0))))
    n_targets = np.array([int((batch.lengths - 1).sum()) for batch in batches])
    wanted = 32 * (np.minimum(lengths, 50) - 1).mean()
    assert abs(len(batches) - len(lengths) / 32) < 0.1 * len(batches)
    # Batches with the shortest rows of a bucket may have fewer, and the last batch has the rest.
    assert np.mean(n_targets < 0.75 * wanted) < 0.05
    assert n_targets.max() < 1.05 * wanted


def test_rows_with_one_target_make_batches_of_as_many_rows() -> None:
    packed = Packed(sequences_of([[1] * n for n in (2, 3, 9, 9)]), 50, CPU)
    assert {full.n_rows for full in packed.full_batches(16, EpochPlan(1, only_last))} == {16}
    # 1 + 2 + 8 + 8 targets in four rows.
    assert [
        (full.n_rows, full.width, full.n_fitting) for full in packed.full_batches(16, EpochPlan(2, all_but_first))
    ] == [
        (76, 2, 2),
        (38, 3, 4),
        (10, 9, 8),
    ]


@given(rows=rows_of_items, max_len=st.integers(2, 10), batch_size=st.integers(1, 7))
def test_every_beginning_is_shown_once_with_its_last_item_as_the_target(
    rows: list[list[int]], max_len: int, batch_size: int
) -> None:
    packed = Packed(sequences_of(rows), max_len, CPU, "prefixes")
    shown: Counter[tuple[int, ...]] = Counter()
    for batch in map(packed.batch, packed.epoch(batch_size, EpochPlan(1, only_last), np.random.default_rng(0))):
        assert len(batch.items) <= batch_size
        assert batch.only_last
        windows = zip(batch.items.tolist(), batch.lengths.tolist(), strict=True)
        shown.update(tuple(items[:length]) for items, length in windows)
    assert shown == Counter(tuple(row[:end][-max_len:]) for row in rows for end in range(2, len(row) + 1))


@given(
    rows=rows_of_items,
    max_len=st.integers(1, 9),
    windows=st.sampled_from(["last", "random", "prefixes"]),
)
def test_windows_are_counted_as_they_are(rows: list[list[int]], max_len: int, windows: Windows) -> None:
    sequences = sequences_of(rows)
    packed = Packed(sequences, max_len, CPU, windows)
    counts = count_windows(sequences.lengths, windows, max_len)
    assert counts.tolist() == np.bincount(packed.lengths, minlength=len(counts)).tolist()


@given(rows=rows_of_items, batch_size=st.integers(1, 7))
def test_no_batch_of_an_epoch_is_larger_than_the_largest_of_the_plan(rows: list[list[int]], batch_size: int) -> None:
    packed = Packed(sequences_of(rows), 5, CPU)
    largest = max((prod(full.shape) for full in packed.full_batches(batch_size, ONCE)), default=0)
    for drawn in packed.epoch(batch_size, ONCE, np.random.default_rng(0)):
        assert len(drawn.rows) * drawn.width <= largest


@given(rows=rows_of_items, batch_size=st.integers(1, 7))
def test_a_batch_like_another_has_its_shape_and_no_padding(rows: list[list[int]], batch_size: int) -> None:
    packed = Packed(sequences_of(rows), 5, CPU)
    for full in packed.full_batches(batch_size, ONCE):
        batch = packed.batch(packed.chosen_like(full))
        assert batch.items.shape == full.shape
        assert (batch.lengths == full.width).all()


def test_order_depends_on_the_generator_alone() -> None:
    rng = np.random.default_rng(0)
    packed = Packed(sequences_of([rng.integers(50, size=n).tolist() for n in rng.integers(2, 30, 500)]), 20, CPU)

    def order(seed: int) -> list[list[int]]:
        return [packed.batch(drawn).items[0].tolist() for drawn in packed.epoch(16, ONCE, np.random.default_rng(seed))]

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_like_lengths_share_a_batch_and_batches_of_like_lengths_do_not_follow_each_other() -> None:
    rng = np.random.default_rng(0)
    packed = Packed(sequences_of([[1] * n for n in rng.integers(2, 40, 4000)]), 40, CPU)
    batches = list(map(packed.batch, packed.epoch(32, ONCE, np.random.default_rng(0))))
    real = sum(int(batch.lengths.sum()) for batch in batches)
    assert real / sum(batch.items.numel() for batch in batches) > 0.9
    widths = np.array([batch.items.shape[1] for batch in batches])
    assert abs(np.corrcoef(widths[1:], widths[:-1])[0, 1]) < 0.3


@given(rows=rows_of_items, batch_size=st.integers(1, 7))
def test_order_of_length_covers_every_row(rows: list[list[int]], batch_size: int) -> None:
    packed = Packed(sequences_of(rows), 5, CPU)
    taken = [
        (row, n)
        for part, batch in packed.in_order_of_length(batch_size)
        for row, n in zip(part, batch.lengths, strict=True)
    ]
    assert sorted(row for row, _ in taken) == list(range(len(rows)))
    assert [n for _, n in taken] == sorted(min(len(row), 5) for row in rows)


def test_nothing_to_answer() -> None:
    assert not list(Packed(sequences_of([]), 5, CPU).in_order_of_length(4))


def test_drawn_windows_are_any_stretch_and_shorter_sequences_stay_whole() -> None:
    packed = Packed(sequences_of([[1, 2, 3, 4, 5], [6, 7]]), 3, CPU, "random")
    torch.manual_seed(0)
    shown = Counter(tuple(packed.batch(chosen(packed, 0, 1)).items[row].tolist()) for _ in range(600) for row in (0, 1))
    assert shown.pop((6, 7, 0)) == 600
    assert set(shown) == {(1, 2, 3), (2, 3, 4), (3, 4, 5)}
    assert all(abs(times - 200) < 4 * (600 * 2 / 9) ** 0.5 for times in shown.values())


def test_windows_are_drawn_only_where_there_is_a_choice() -> None:
    packed = Packed(sequences_of([[1, 2, 3], [6, 7]]), 3, CPU, "random")
    state = torch.get_rng_state()
    packed.batch(chosen(packed, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)

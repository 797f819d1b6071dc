"""The generated copies are found at a small size."""

from benchmarks.audit import found


def test_copies_are_found_and_nobody_else():
    n_copies, n_found, n_others = found(2_000, 2_000)
    assert (n_copies, n_others) == (20, 0)
    assert n_found > 8
